-- name: abandon_builds
-- Builds that no job will ever bring on: each ends as failed.
UPDATE build
SET status = 'failed', failure = 'abandoned', ended_at = now(), owner = NULL,
    waits_until = NULL
WHERE build_id IN (
    SELECT build_id FROM build
    WHERE status IN ('queued', 'running')
      AND (waits_until IS NULL OR waits_until < now() - interval '10 minutes')
      AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
                      WHERE job.task_name = 'run_build' AND job.status IN ('todo', 'doing')
                        AND job.args ->> 'build_id' = build.build_id::text)
    FOR UPDATE SKIP LOCKED)
RETURNING user_id, request_id, coalesce(retry_request_id, request_id) AS current_request_id,
          project_id,
          (SELECT language FROM contact WHERE contact.user_id = build.user_id);

-- name: find_leftover_agents
-- Agents that are still alive although their build has ended.
SELECT agent_id FROM agent JOIN build USING (request_id)
WHERE agent.terminated_at IS NULL AND build.status NOT IN ('queued', 'running');
