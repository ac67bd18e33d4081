-- name: unpack_held_back
-- What was packed before waits again: it is packed anew.
SELECT unpack_message(id) FROM outbox
WHERE user_id = %(user_id)s AND state = 'waiting_for_window' AND carries;

-- name: list_held_back
-- What waits for a user to write, oldest first.
SELECT id, body, as_template, choices IS NULL AND media_id IS NULL AS is_text_only
FROM outbox
WHERE user_id = %(user_id)s AND state = 'waiting_for_window' AND carried_by IS NULL
ORDER BY id
FOR UPDATE;

-- name: queue_held_back
-- Queues one of them with the texts of those that follow it.
UPDATE outbox SET state = 'queued', not_before = NULL, body = %(body)s, carries = %(carries)s
WHERE id = %(id)s;

-- name: note_carried
-- These go with the other one.
UPDATE outbox SET carried_by = %(carrier)s
WHERE id = ANY (%(ids)s);

-- name: close_window
-- Twilio says that the recipient last wrote more than 24 hours ago, unless they did just now.
UPDATE contact SET window_closed_at = now()
WHERE user_id = %(user_id)s
  AND last_inbound_at < (SELECT attempted_at FROM outbox WHERE id = %(id)s);
