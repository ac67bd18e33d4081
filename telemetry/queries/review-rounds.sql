-- title: Review rounds
-- question: How many rounds of review do requests take?
-- bar: requests
SELECT rounds, count(*) AS requests
FROM (SELECT trace_id, count(*) AS rounds
      FROM records
      WHERE span_name = 'agent_spawn' AND attributes->>'agent_type' = 'code_reviewer'
        AND attributes->>'continuation_mode' <> 'handoff'
      GROUP BY trace_id) AS reviewed
GROUP BY rounds
ORDER BY rounds
