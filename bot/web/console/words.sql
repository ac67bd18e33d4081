-- name: find_request_of_words
-- Whether the request is there.
SELECT request_id FROM request WHERE request_id = %(request_id)s;

-- name: find_opened
-- Until when an operator may see the words of a subject, having said why.
SELECT at + %(minutes)s * interval '1 minute' AS until
FROM audit
WHERE subject = %(subject)s AND action = %(action)s AND operator = %(operator)s
  AND at > now() - %(minutes)s * interval '1 minute'
ORDER BY audit_id DESC LIMIT 1;

-- name: list_texts
-- What was written in either direction for a request, in the order of time.
SELECT 'from the user' AS direction, message_type AS kind, body, received_at AS written_at
FROM inbound_message WHERE request_id = %(request_id)s
UNION ALL
SELECT 'to the user', kind, body, created_at
FROM outbox WHERE request_id = %(request_id)s
ORDER BY written_at LIMIT %(limit)s;
