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
