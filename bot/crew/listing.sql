-- name: list_agents
-- Agents with what the ledger says they spent, newest first; a filter that is NULL is left out.
SELECT agent_id, agent_type, version, state, threshold, request_id, user_id, project_id, model,
       occupancy, warning_percentage, critical_percentage, model_window, working_budget,
       max_output, continuation_mode, predecessor_agent_id, spawned_at, terminated_at,
       termination_reason, spent.calls, spent.tokens, spent.cost_usd
FROM agent
CROSS JOIN LATERAL (
    SELECT count(*)::int AS calls, sum(cost_usd) AS cost_usd,
           coalesce(sum(input_tokens + output_tokens + cache_creation_tokens
                        + cache_read_tokens), 0)::bigint AS tokens
    FROM model_call
    WHERE model_call.request_id = agent.request_id AND model_call.agent_id = agent.agent_id
) AS spent
WHERE (%(agent_type)s::text IS NULL OR agent_type = %(agent_type)s)
  AND (%(state)s::text IS NULL
       OR state = %(state)s AND (%(state)s = 'TERMINATED' OR terminated_at IS NULL))
  AND (%(user_id)s::text IS NULL OR user_id = %(user_id)s)
  AND (%(request_id)s::text IS NULL
       OR request_id BETWEEN %(first_request)s::uuid AND %(last_request)s::uuid)
  AND (%(reason)s::text IS NULL OR termination_reason = %(reason)s)
  AND (%(since)s::timestamptz IS NULL OR spawned_at >= %(since)s)
  AND (NOT %(alive_only)s OR terminated_at IS NULL)
ORDER BY spawned_at DESC, version DESC
LIMIT %(limit)s;
