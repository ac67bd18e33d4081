-- name: list_jobs
-- The newest jobs, with the start of their latest run and the class of their last error.
SELECT job.id, job.queue_name AS queue, job.task_name AS task, job.status, job.attempts, job.lock,
       job.scheduled_at, started.at AS started_at, failure.error AS last_error
FROM procrastinate_jobs job
LEFT JOIN job_failure failure ON failure.job_id = job.id
LEFT JOIN LATERAL (
    SELECT max(event.at) AS at FROM procrastinate_events event
    WHERE event.job_id = job.id AND event.type = 'started'
) started ON true
WHERE (%(status)s::procrastinate_job_status IS NULL OR job.status = %(status)s)
  AND (%(queue)s::text IS NULL OR job.queue_name = %(queue)s)
ORDER BY job.id DESC
LIMIT %(limit)s;

-- name: retry_failed
-- Queues a failed job again, and tells for the audit whom it is done to: a request, a user or a
-- message, else the job. Its attempts go on counting, because they fence its runs.
WITH again AS (
    UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = NULL
    WHERE id = %(id)s AND status = 'failed'
    RETURNING id, args
)
SELECT coalesce('request:' || (SELECT request_id FROM inbound_message
                               WHERE message_sid = args ->> 'message_sid'),
                'request:' || (SELECT coalesce(retry_request_id, request_id) FROM build
                               WHERE build_id = (args ->> 'build_id')::uuid),
                'user:' || (args ->> 'user_id'), 'message:' || (args ->> 'outbox_id'), 'job:' || id)
FROM again;
