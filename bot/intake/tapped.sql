-- name: find_tapped
-- Whether the message below which something was tapped is about a build that can be stopped, or
-- that waits to hear whether it shall go on. No row: it is no message to this user.
SELECT EXISTS (SELECT FROM build
               WHERE build.user_id = %(user_id)s
                 AND outbox.request_id IN (build.request_id, build.retry_request_id)
                 AND (build.status IN ('queued', 'running') OR build.failure = %(awaits)s))
FROM outbox LEFT JOIN former_sid ON former_sid.outbox_id = outbox.id
WHERE outbox.user_id = %(user_id)s AND %(sid)s IN (outbox.provider_sid, former_sid.provider_sid);

-- name: find_unseen
-- Whether the message below which something was tapped is known, and has not reached its user.
SELECT EXISTS (
    SELECT FROM outbox LEFT JOIN former_sid ON former_sid.outbox_id = outbox.id
    WHERE outbox.user_id = %(user_id)s AND %(sid)s IN (outbox.provider_sid, former_sid.provider_sid)
      AND outbox.state IN ('queued', 'failed', 'suppressed', 'waiting_for_window'));
