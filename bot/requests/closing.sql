-- name: close_request
-- Closes the request once its work has ended, its last message is out, and what it has cost is known.
UPDATE request SET closed_at = now()
WHERE request_id = %(request_id)s AND work_ended_at IS NOT NULL AND closed_at IS NULL
  AND NOT EXISTS (SELECT FROM outbox
                  WHERE outbox.request_id = request.request_id
                    AND outbox.state IN ('queued', 'sending', 'uncertain')
                    AND NOT outbox.is_owed)
  AND NOT is_spending(request_id)
RETURNING request_id, user_id, conversation_id, platform, trace_id, span_id, request_type,
          request_length, status, project_id, accepted_at, closed_at;

-- name: await_arrivals
-- Waits for what is being taken in for a user in this moment; nothing more is before the commit.
SELECT FROM contact WHERE user_id = %(user_id)s FOR NO KEY UPDATE;

-- name: close_others
-- Closes all that is open of a user but one request; what is not done yet is stopped.
UPDATE request SET status = CASE WHEN work_ended_at IS NULL THEN 'stopped' ELSE status END,
                   work_ended_at = coalesce(work_ended_at, clock_timestamp()),
                   closed_at = clock_timestamp()
WHERE user_id = %(user_id)s AND request_id <> %(request_id)s AND closed_at IS NULL
RETURNING request_id, user_id, conversation_id, platform, trace_id, span_id, request_type,
          request_length, status, project_id, accepted_at, closed_at;

-- name: find_continued
-- The request whose build this one goes on from: the latest one before it about the same project.
SELECT earlier.request_id, earlier.trace_id, earlier.span_id
FROM request
JOIN build ON build.project_id = request.project_id AND build.request_id <> request.request_id
JOIN request AS earlier ON earlier.request_id = build.request_id
WHERE request.request_id = %(request_id)s AND earlier.accepted_at < request.accepted_at
ORDER BY earlier.accepted_at DESC LIMIT 1;

-- name: find_taken_up
-- The request under whose id the build works that goes on in the name of this one.
SELECT build.request_id FROM request JOIN build ON build_id = retried_build_id
WHERE request.request_id = %(request_id)s;

-- name: find_next_to_close
-- When the build that was worked on for a request was next tried again in another one's name: what
-- it has used from then on is that one's.
SELECT min(later.accepted_at)
FROM request
JOIN request AS later ON later.user_id = request.user_id AND later.accepted_at > request.accepted_at
WHERE request.request_id = %(request_id)s
  AND later.retried_build_id
      = coalesce(request.retried_build_id,
                 (SELECT build_id FROM build WHERE build.request_id = request.request_id));

-- name: find_failure
-- What ended the build that was worked on for the request and failed; `tried_again` where it has
-- gone on since in the name of another one.
SELECT CASE WHEN coalesce(retry_request_id, build.request_id) <> request.request_id
            THEN 'tried_again' ELSE failure END
FROM request
JOIN build ON build.request_id = request.request_id OR build_id = retried_build_id
WHERE request.request_id = %(request_id)s
  AND (coalesce(retry_request_id, build.request_id) <> request.request_id
       OR build.status = 'failed' AND failure IS NOT NULL)
LIMIT 1;

-- name: load_words
-- What the user wrote, with all that was joined to it; no row where that became another request's.
SELECT string_agg(body, E'\n' ORDER BY received_at, message_sid) FROM inbound_message
WHERE request_id = %(request_id)s HAVING count(*) > 0;
