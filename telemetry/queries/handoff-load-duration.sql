-- title: Loading handoff documents
-- question: How long does it take to load the document that an agent started from?
-- bar: p95_seconds
SELECT attributes->>'agent_type' AS agent_type, count(*) AS loads, avg(duration) AS mean_seconds,
       approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY duration) AS p95_seconds,
       max(duration) AS longest_seconds
FROM records
WHERE span_name = 'database_load:agent_handoff'
GROUP BY 1
ORDER BY loads DESC, agent_type
