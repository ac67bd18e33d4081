-- name: was_just_told
-- Whether the last thing that a user heard, within a minute, was a message of that kind.
SELECT kind = %(kind)s FROM outbox
WHERE user_id = %(user_id)s AND created_at > now() - interval '1 minute'
ORDER BY id DESC LIMIT 1;
