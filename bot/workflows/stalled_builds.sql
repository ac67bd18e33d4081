-- name: take_up_stalled
-- Builds in somebody's hands of which nothing has come on for too long: they lose their owner, and
-- their job is queued again as a new run, whatever becomes of the old one.
WITH stalled AS (
    SELECT build.build_id, build.request_id, build.phase, job.id AS job_id, last_sign,
           (SELECT string_agg(agent_id, ', ' ORDER BY agent_id) FROM agent
            WHERE agent.request_id = build.request_id AND terminated_at IS NULL) AS agents
    FROM build
    CROSS JOIN LATERAL last_sign_of(build) AS last_sign
    JOIN procrastinate_jobs AS job
      ON job.task_name = 'run_build' AND job.status = 'doing'
     AND job.args ->> 'build_id' = build.build_id::text
    WHERE build.status = 'running' AND build.owner IS NOT NULL AND build.waits_until IS NULL
      AND last_sign < now() - %(after)s * interval '1 s'
    FOR UPDATE OF build, job SKIP LOCKED
), freed AS (
    UPDATE build SET owner = NULL, stalled_at = now()
    FROM stalled WHERE build.build_id = stalled.build_id
    RETURNING build.build_id
)
SELECT build_id, request_id, phase, agents,
       extract(epoch FROM now() - last_sign)::float AS seconds
FROM stalled JOIN freed USING (build_id)
CROSS JOIN LATERAL procrastinate_retry_job_v2(job_id, now(), NULL, NULL, NULL) AS retried;

-- name: free_lanes
-- Runs that own no build any more, because that was stopped or taken up again, and have not ended for
-- all that: nothing else of their app can run. Their jobs are queued again, and end at once or go on.
-- One whose build has come to wait for its user is about to end.
WITH hung AS (
    SELECT job.id AS job_id, build_id, build.request_id
    FROM procrastinate_jobs AS job
    JOIN build ON build_id = (job.args ->> 'build_id')::uuid
    LEFT JOIN request AS retry ON retry.request_id = build.retry_request_id
    WHERE job.task_name = 'run_build' AND job.status = 'doing' AND build.owner IS NULL
      AND waits_until IS NULL
      AND greatest(ended_at, retry.accepted_at,
                   (SELECT max(at) FROM procrastinate_events AS event
                    WHERE event.job_id = job.id AND event.type = 'started'))
          < now() - %(after)s * interval '1 s'
    FOR UPDATE OF job SKIP LOCKED
)
SELECT build_id, request_id
FROM hung CROSS JOIN LATERAL procrastinate_retry_job_v2(job_id, now(), NULL, NULL, NULL) AS retried;
