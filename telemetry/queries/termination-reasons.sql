-- title: Termination reasons
-- question: Why do agents' lives end?
-- bar: agents
SELECT attributes->>'termination_reason' AS reason, attributes->>'agent_type' AS agent_type,
       count(*) AS agents, avg((attributes->>'tokens_used')::float8) AS mean_tokens_used
FROM records
WHERE span_name = 'agent_terminated'
GROUP BY 1, 2
ORDER BY agents DESC, reason, agent_type
