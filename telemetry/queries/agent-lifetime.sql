-- title: Agents' lifetime
-- question: How long do agents of each type work, over all their stretches?
-- bar: mean_seconds
SELECT agent_type, count(*) AS agents, avg(seconds) AS mean_seconds,
       approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds,
       max(seconds) AS longest_seconds
FROM (SELECT attributes->>'agent_type' AS agent_type, attributes->>'agent_id' AS agent_id,
             sum(duration) AS seconds
      FROM records
      WHERE span_name = 'agent_lifecycle'
      GROUP BY 1, 2) AS lived
GROUP BY agent_type
ORDER BY mean_seconds DESC, agent_type
