-- title: Agents per request
-- question: How many agents does a request of each workflow take?
-- bar: mean_agents
SELECT ran.workflow_type, count(*) AS requests, avg(spawned.agents) AS mean_agents,
       max(spawned.agents) AS most_agents
FROM (SELECT DISTINCT trace_id, attributes->>'workflow_type' AS workflow_type
      FROM records WHERE span_name LIKE 'workflow:%') AS ran
JOIN (SELECT trace_id, count(*) AS agents
      FROM records WHERE span_name = 'agent_spawn'
      GROUP BY trace_id) AS spawned ON spawned.trace_id = ran.trace_id
GROUP BY ran.workflow_type
ORDER BY requests DESC, ran.workflow_type
