-- title: First-pass rate of checks
-- question: Of the builds that were checked and went on to publication, how many passed at once?
-- bar: first_pass_percentage
SELECT day, builds, first_pass, 100.0 * first_pass / builds AS first_pass_percentage
FROM (SELECT time_bucket('1 day', published.published_at) AS day, count(*) AS builds,
             count(*) FILTER (WHERE reviewed.rounds = 1) AS first_pass
      FROM (SELECT trace_id, max(asked.spawned) AS rounds
            FROM (SELECT trace_id, attributes->>'agent_type' AS agent_type, count(*) AS spawned
                  FROM records
                  WHERE span_name = 'agent_spawn'
                    AND attributes->>'agent_type' IN ('qa', 'code_reviewer')
                    AND attributes->>'continuation_mode' = 'fresh'
                  GROUP BY trace_id, attributes->>'agent_type') AS asked
            GROUP BY trace_id) AS reviewed
      JOIN (SELECT trace_id, min(start_timestamp) AS published_at
            FROM records
            WHERE span_name = 'phase_transition' AND attributes->>'to_phase' = 'deployment'
            GROUP BY trace_id) AS published ON published.trace_id = reviewed.trace_id
      GROUP BY 1) AS daily
ORDER BY day DESC
