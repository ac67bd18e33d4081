-- name: describe_build
-- A running build that was tried at least so often: whose it is, and the agents that are at work,
-- else the one that was last.
SELECT build.attempts, coalesce(retry_request_id, build.request_id) AS request_id,
       coalesce(
           (SELECT string_agg(agent_id, ', ' ORDER BY agent_id) FROM agent
            WHERE agent.request_id = build.request_id AND terminated_at IS NULL),
           (SELECT agent_id FROM agent WHERE agent.request_id = build.request_id
            ORDER BY terminated_at DESC LIMIT 1)) AS agents
FROM build
WHERE build_id = %(build_id)s AND status = 'running' AND attempts >= %(from_attempt)s;
