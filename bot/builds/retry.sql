-- name: find_to_retry
-- The build that "try again" means: of those that are not completed the one that ended or was taken
-- up last. One that has never ended is meant only where there is no other. With a `sid` it is the
-- one that this message was about, with a `project_id` one of that app; with a `build_id` that one.
-- What was stopped together goes on together: it is the one behind which the others were queued.
SELECT build.build_id, build.request_id, project.title, build.failure,
       EXISTS (SELECT FROM build AS running
               WHERE running.project_id = build.project_id
                 AND running.status IN ('queued', 'running')) AS is_under_way,
       is_outdated(build) AS is_outdated, is_left_behind(build) AS is_left_behind,
       coalesce(build.ended_at < now() - %(kept_days)s * interval '1 day', false) AS is_given_up
FROM (
    SELECT build.build_id, build.project_id, build.ended_at FROM build
    LEFT JOIN request AS retry ON retry.request_id = build.retry_request_id
    WHERE build.user_id = %(user_id)s AND build.status <> 'completed'
      AND (%(project_id)s::uuid IS NULL OR build.project_id = %(project_id)s)
      AND (%(build_id)s::uuid IS NULL OR build.build_id = %(build_id)s)
      AND (%(sid)s::text IS NULL OR is_told_of(build, %(sid)s))
    ORDER BY coalesce(build.ended_at, retry.accepted_at) DESC NULLS LAST, build.created_at DESC
    LIMIT 1) AS meant
JOIN build ON build.project_id = meant.project_id
          AND (build.build_id = meant.build_id
               OR build.status = 'stopped' AND build.ended_at = meant.ended_at)
JOIN project ON project.project_id = build.project_id
ORDER BY build.created_at LIMIT 1;

-- name: retry_build
-- Queues a build that failed or was stopped again, from where it was.
WITH retried AS (
    UPDATE build
    SET status = 'queued', attempts = 0, failure = NULL, short_of = NULL, ended_at = NULL,
        phase_started_at = now(), stalled_at = NULL, retry_request_id = %(request_id)s
    WHERE build_id = %(build_id)s AND status IN ('failed', 'stopped')
    RETURNING build_id, request_id, project_id
), noted AS (
    UPDATE request SET retried_build_id = build_id FROM retried
    WHERE request.request_id = %(request_id)s
)
SELECT retried.request_id, retried.project_id, project.title,
       enqueue_job('planning', 'run_build', 'project:' || retried.project_id,
                   jsonb_build_object('build_id', build_id)) AS job_id
FROM retried JOIN project USING (project_id);

-- name: list_stopped_with
-- What was stopped together with a build of the same app, in the order in which it was queued.
SELECT other.build_id
FROM build JOIN build AS other USING (project_id)
WHERE build.build_id = %(build_id)s AND build.status = 'stopped'
  AND other.build_id <> build.build_id AND other.status = 'stopped'
  AND other.ended_at = build.ended_at
ORDER BY other.created_at;

-- name: open_beside
-- A request of the same user and time as another one, without a message of its own.
INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                     request_length, accepted_at)
SELECT gen_random_uuid(), user_id, conversation_id, platform, %(trace_id)s, %(span_id)s, 0,
       accepted_at
FROM request WHERE request_id = %(request_id)s
RETURNING request_id;

-- name: move_words
-- Lets what was said in a request belong to another one.
UPDATE inbound_message SET request_id = %(beside)s WHERE request_id = %(request_id)s;
