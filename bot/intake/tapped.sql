-- name: find_tapped
-- Whether the message below which something was tapped is about a build that can be stopped, or
-- that waits to hear whether it shall go on. No row: it is no message to this user.
SELECT EXISTS (SELECT FROM build
               WHERE build.user_id = %(user_id)s AND is_told_of(build, %(sid)s)
                 AND (build.status IN ('queued', 'running') OR build.failure = %(awaits)s))
FROM message_with(%(user_id)s, %(sid)s) AS outbox;

-- name: find_unseen
-- Whether the message below which something was tapped is known, and has not reached its user.
SELECT EXISTS (
    SELECT FROM message_with(%(user_id)s, %(sid)s)
    WHERE state IN ('queued', 'failed', 'suppressed', 'waiting_for_window'));
