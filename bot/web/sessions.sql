-- name: begin_session
-- Logs somebody in, and forgets those whose time is over.
WITH former AS (
    DELETE FROM console_session WHERE ends_at < now()
)
INSERT INTO console_session (session_id, ends_at) VALUES (%(session_id)s, now() + %(lasts)s);

-- name: is_session
-- Whether a session has not been ended.
SELECT EXISTS (SELECT FROM console_session WHERE session_id = %(session_id)s AND ends_at > now());

-- name: end_session
-- Logs them out: a copy of their cookie lets nobody in any more.
DELETE FROM console_session WHERE session_id = %(session_id)s;

-- name: end_all_sessions
-- Logs everybody out: of a backup it is not known who has logged out since.
DELETE FROM console_session;
