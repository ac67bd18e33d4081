-- name: find_requests
-- The requests whose ids begin so; two tell that there are several.
SELECT request_id FROM request WHERE request_id BETWEEN %(first)s AND %(last)s LIMIT 2;
