-- title: Review rounds
-- question: How many rounds of review do requests take?
-- bar: requests
SELECT rounds, count(*) AS requests
FROM (SELECT trace_id, max(spawned) AS rounds
      FROM (SELECT trace_id, attributes->>'agent_type' AS agent_type, count(*) AS spawned
            FROM records
            WHERE span_name = 'agent_spawn'
              AND attributes->>'agent_type' IN ('qa', 'code_reviewer')
              AND attributes->>'continuation_mode' = 'fresh'
            GROUP BY trace_id, attributes->>'agent_type') AS asked
      GROUP BY trace_id) AS reviewed
GROUP BY rounds
ORDER BY rounds
