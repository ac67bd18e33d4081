-- name: abandon_builds
-- Builds that no job will ever bring on: each ends as failed, and with it what it was asked
-- meanwhile. One behind a build that has begun gets a job when that is woken or ended. What has begun
-- comes first, or what was asked for first: the files are its own, and of none behind it.
WITH abandoned AS (
    UPDATE build
    SET status = 'failed', failure = 'abandoned', ended_at = now(), owner = NULL,
        waits_until = NULL
    WHERE build_id IN (
        SELECT build_id FROM build
        WHERE status IN ('queued', 'running')
          AND (waits_until IS NULL OR waits_until < now() - interval '10 minutes')
          AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
                          WHERE job.status IN ('todo', 'doing')
                            AND job.args ->> 'build_id' = build.build_id::text
                            AND (job.task_name = 'run_build'
                                 OR waits_until IS NOT NULL AND job.task_name = 'take_defaults'))
          AND NOT EXISTS (SELECT FROM build AS waiting
                          WHERE waiting.project_id = build.project_id
                            AND waiting.build_id <> build.build_id AND waiting.status = 'running'
                            AND (waiting.waits_until IS NOT NULL
                                 OR waiting.created_at < build.created_at))
        FOR UPDATE SKIP LOCKED)
    RETURNING build_id, user_id, project_id, request_id, retry_request_id, attempts, created_at
), unread AS (
    UPDATE request SET status = 'failed', work_ended_at = now()
    FROM change_request JOIN abandoned USING (build_id)
    WHERE applied_at IS NULL AND request.request_id = change_request.request_id
      AND work_ended_at IS NULL
)
SELECT user_id, project_id, request_id, coalesce(retry_request_id, request_id) AS current_request_id,
       (SELECT language FROM contact WHERE contact.user_id = abandoned.user_id)
FROM abandoned
ORDER BY attempts DESC, created_at;

-- name: find_leftover_agents
-- Agents that are still alive although their build has ended.
SELECT agent_id FROM agent JOIN build USING (request_id)
WHERE agent.terminated_at IS NULL AND build.status NOT IN ('queued', 'running');
