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
