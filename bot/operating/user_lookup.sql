-- name: find_by_id
-- The users whose ids begin so; two tell that there are several.
SELECT user_id FROM contact
WHERE user_id BETWEEN %(first)s AND %(last)s LIMIT 2;

-- name: find_by_address
-- The user whose address it is now.
SELECT holder_of(%(address_key)s, now());
