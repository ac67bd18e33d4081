-- name: list_open_requests
-- What is being worked on, the latest first.
SELECT request_id, user_id, request_type, request_length, status, accepted_at, work_ended_at
FROM request
WHERE closed_at IS NULL
ORDER BY accepted_at DESC
LIMIT %(limit)s

-- name: list_builds
-- The latest builds with how far they came.
SELECT build_id, request_id, user_id, workflow, phase, status, attempts, failure, created_at,
       ended_at
FROM build
ORDER BY created_at DESC
LIMIT %(limit)s

-- name: list_deliveries
-- The latest messages to users, without their texts.
SELECT id, request_id, user_id, kind, part, parts, state, attempts, error_code, created_at,
       finished_at
FROM outbox
ORDER BY id DESC
LIMIT %(limit)s

-- name: list_failed_jobs
-- Jobs that were given up, with when that was.
SELECT job.id, job.queue_name, job.task_name, job.attempts, max(event.at) AS failed_at
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'failed'
WHERE job.status = 'failed'
GROUP BY job.id
ORDER BY job.id DESC
LIMIT %(limit)s
