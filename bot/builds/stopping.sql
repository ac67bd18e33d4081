-- name: lock_builds
-- Waits until no run of a user's builds stores anything, with a `project_id` of those of that app.
-- What one leaves behind as it ends, such as a build for changes that it did not read, only the
-- next statement sees.
SELECT FROM build
WHERE user_id = %(user_id)s AND status IN ('queued', 'running')
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
ORDER BY created_at
FOR UPDATE;

-- name: stop_builds
-- Stops whatever a user had asked for before the request that says so, if it runs or waits; a
-- running build loses its owner at once. With a `project_id` only what builds that. What has begun
-- comes first, or what was asked for first: the files are its own, and of none behind it.
WITH stopped AS (
    UPDATE build SET status = 'stopped', ended_at = now(), owner = NULL, waits_until = NULL
    FROM request AS stopping, request AS asking
    WHERE build.user_id = %(user_id)s AND build.status IN ('queued', 'running')
      AND stopping.request_id = %(request_id)s
      AND asking.request_id = coalesce(build.retry_request_id, build.request_id)
      AND asking.accepted_at <= stopping.accepted_at
      AND (%(project_id)s::uuid IS NULL OR build.project_id = %(project_id)s)
    RETURNING build.build_id, build.request_id, asking.request_id AS current_request_id,
              build.project_id, build.attempts, build.created_at
)
SELECT build_id, request_id, current_request_id, project_id,
       current_version IS NOT NULL AS is_online
FROM stopped JOIN project USING (project_id)
ORDER BY attempts DESC, stopped.created_at;

-- name: stop_build_of
-- Stops the build that is worked on for a request, its own or the one in whose name it goes on.
UPDATE build SET status = 'stopped', ended_at = now(), owner = NULL, waits_until = NULL
WHERE status IN ('queued', 'running')
  AND (request_id = %(request_id)s OR retry_request_id = %(request_id)s)
RETURNING build_id, request_id, coalesce(retry_request_id, request_id) AS current_request_id,
          project_id, (SELECT current_version IS NOT NULL FROM project
                       WHERE project.project_id = build.project_id) AS is_online;

-- name: decline_of
-- A build that rests until its user has said whether it may go on waits no more for that. It ended
-- when it began to rest; whoever tries it again goes on from there, if it can go on at all.
UPDATE build SET failure = NULL, short_of = NULL
WHERE status = 'stopped' AND failure = %(awaits)s
  AND (request_id = %(request_id)s OR retry_request_id = %(request_id)s)
  AND NOT is_outdated(build) AND NOT is_left_behind(build)
RETURNING build_id, request_id, coalesce(retry_request_id, request_id) AS current_request_id,
          project_id, (SELECT current_version IS NOT NULL FROM project
                       WHERE project.project_id = build.project_id) AS is_online;

-- name: stop_behind
-- Stops what is queued behind a build whose app has never come out: it would bring that out.
WITH stopped AS (
    UPDATE build SET status = 'stopped', ended_at = now()
    FROM build AS ahead JOIN project USING (project_id)
    WHERE ahead.build_id = %(build_id)s AND project.current_version IS NULL
      AND build.project_id = ahead.project_id AND build.status = 'queued'
      AND build.created_at > ahead.created_at
    RETURNING build.build_id, build.request_id,
              coalesce(build.retry_request_id, build.request_id) AS current_request_id,
              build.project_id, build.created_at
)
SELECT build_id, request_id, current_request_id, project_id, false AS is_online FROM stopped
ORDER BY created_at;

-- name: decline_all
-- A stop of everything is a no to each question about a budget that its user was asked before it.
UPDATE build SET failure = NULL, short_of = NULL
FROM request
WHERE request.request_id = %(request_id)s AND build.user_id = request.user_id
  AND build.status = 'stopped' AND build.failure = %(awaits)s
  AND build.ended_at < request.accepted_at;
