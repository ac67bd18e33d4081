-- name: retry_build
-- Queues a build that failed or was stopped again, from where it was.
WITH retried AS (
    UPDATE build
    SET status = 'queued', attempts = 0, failure = NULL, short_of = NULL, ended_at = NULL,
        phase_started_at = now(), stalled_at = NULL, retry_request_id = %(request_id)s
    WHERE build_id = %(build_id)s AND status IN ('failed', 'stopped')
    RETURNING build_id, request_id, project_id
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
