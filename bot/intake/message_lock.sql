-- name: lock_reading
-- One transaction at a time decides about a user; taken before anything else.
SELECT pg_advisory_xact_lock(hashtextextended('reading:' || %(user_id)s, 0));

-- name: find_standing
-- Whether a message is still to be acted upon, and whether the user said stop after it.
SELECT request.status = 'accepted' AS is_open,
       coalesce(stop_order.said_at > request.accepted_at, false) AS is_stopped
FROM request LEFT JOIN stop_order USING (user_id)
WHERE request_id = %(request_id)s;

-- name: note_stop
-- What this user said before the request is not begun any more.
INSERT INTO stop_order (user_id, said_at)
SELECT user_id, accepted_at FROM request WHERE request_id = %(request_id)s
ON CONFLICT (user_id) DO UPDATE
    SET said_at = greatest(stop_order.said_at, excluded.said_at);
