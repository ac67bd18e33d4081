-- name: told_before
-- What a user had lately been answered when a message of theirs came in, the last first.
SELECT string_agg(told.body, E'\n' ORDER BY part)
FROM (SELECT id, kind, dedupe_key, part, body, created_at FROM outbox
      WHERE user_id = %(user_id)s ORDER BY created_at DESC LIMIT 100) AS told
JOIN inbound_message AS said ON said.message_sid = %(message_sid)s AND created_at < received_at
WHERE kind = 'reply'
GROUP BY dedupe_key
ORDER BY max(id) DESC;
