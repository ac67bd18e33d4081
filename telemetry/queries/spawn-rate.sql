-- title: Spawn rate
-- question: How many agents start each hour, afresh and in continuation of another?
-- bar: agents
SELECT time_bucket('1 hour', start_timestamp) AS hour, attributes->>'agent_type' AS agent_type,
       count(*) AS agents,
       count(*) FILTER (WHERE attributes->>'continuation_mode' = 'fresh') AS fresh,
       count(*) FILTER (WHERE attributes->>'continuation_mode' = 'handoff') AS by_handoff
FROM records
WHERE span_name = 'agent_spawn'
GROUP BY 1, 2
ORDER BY hour DESC, agent_type
