-- name: was_warned
-- Whether the last thing that went out to a user, within ten minutes before a request, was that
-- nothing runs. What waits while nothing is sent has warned nobody.
SELECT kind = 'nothing_to_stop'
       AND told_at > accepted_at - interval '10 minutes' AND told_at < accepted_at
FROM (SELECT kind, coalesce(attempted_at, sent_at) AS told_at FROM outbox
      WHERE user_id = %(user_id)s AND kind NOT IN ('heard', 'unread')
        AND state IN ('sending', 'uncertain', 'sent', 'delivered', 'read')
      ORDER BY id DESC LIMIT 1) AS told
JOIN request AS this ON this.request_id = %(request_id)s;

-- name: lock_reading
-- One transaction at a time decides about a user; taken before anything else.
SELECT pg_advisory_xact_lock(hashtextextended('reading:' || %(user_id)s, 0));

-- name: find_standing
-- Whether a message is still to be acted upon, and whether the user said stop after it.
SELECT request.status = 'accepted' AS is_open,
       coalesce(stop_order.said_at > request.accepted_at, false) AS is_stopped
FROM request LEFT JOIN stop_order USING (user_id)
WHERE request_id = %(request_id)s;

-- name: is_its_turn
-- A row if nothing is unread that this message's writer said before it.
SELECT FROM inbound_message JOIN request USING (request_id)
WHERE message_sid = %(message_sid)s
  AND NOT EXISTS (SELECT FROM request AS earlier
                  WHERE earlier.user_id = request.user_id AND earlier.status = 'accepted'
                    AND earlier.work_ended_at IS NULL AND earlier.closed_at IS NULL
                    AND earlier.accepted_at < request.accepted_at
                    -- What waits for more is read as far as it can be.
                    AND NOT EXISTS (SELECT FROM inbound_message AS brought
                                    WHERE brought.request_id = earlier.request_id
                                      AND brought.awaits_more_until > now()));

-- name: note_stop
-- What this user said before the request is not begun any more.
INSERT INTO stop_order (user_id, said_at)
SELECT user_id, accepted_at FROM request WHERE request_id = %(request_id)s
ON CONFLICT (user_id) DO UPDATE
    SET said_at = greatest(stop_order.said_at, excluded.said_at);
