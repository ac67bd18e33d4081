-- name: find_build_of
-- The build that was last worked on for a request, and why its user would hear nothing of it.
SELECT build_id, project_id, suppressed_reason
FROM build JOIN contact USING (user_id)
WHERE request_id = %(request_id)s OR retry_request_id = %(request_id)s
ORDER BY build.created_at DESC LIMIT 1;

-- name: find_host
-- The request into whose build this one goes as a change, while that runs or waits.
SELECT build.request_id FROM change_request JOIN build USING (build_id)
WHERE change_request.request_id = %(request_id)s AND build.status IN ('queued', 'running');

-- name: find_cancelled
-- What the app is called that a build makes, and whether anything else is built for it.
SELECT title, EXISTS (SELECT FROM build AS other
                      WHERE other.project_id = build.project_id
                        AND other.status IN ('queued', 'running')) AS goes_on
FROM build JOIN project USING (project_id) WHERE build_id = %(build_id)s;

-- name: open_request
-- A request in whose name a build goes on, or a user is erased, without a message of theirs.
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_length)
SELECT gen_random_uuid(), user_id, conversation_id, platform, %(trace_id)s, %(span_id)s, 0
FROM contact WHERE user_id = %(user_id)s
RETURNING request_id, (SELECT language FROM contact WHERE user_id = %(user_id)s) AS language;
