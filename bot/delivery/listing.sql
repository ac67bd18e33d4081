-- name: list_deliveries
-- Messages with their whereabouts, newest first; the text only when it is asked for.
SELECT id, user_id, request_id, kind, part, parts, state, provider_status, attempts,
       error_code, error_message, provider_sid, created_at, sent_at, finished_at, not_before, is_owed,
       CASE WHEN %(with_body)s THEN body END AS body
FROM outbox
WHERE (%(user_id)s::text IS NULL OR user_id = %(user_id)s)
  AND (%(request_id)s::uuid IS NULL OR request_id = %(request_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY id DESC LIMIT %(limit)s;
