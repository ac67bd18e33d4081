-- title: First-pass rate of checks
-- question: Of the builds that were checked and went on to publication, how many passed at once?
-- bar: first_pass_percentage
SELECT day, builds, first_pass, 100.0 * first_pass / builds AS first_pass_percentage
FROM (SELECT time_bucket('1 day', published.published_at) AS day, count(*) AS builds,
             sum(judged.passed_at_once) AS first_pass
      FROM (SELECT trace_id,
                   max(CASE WHEN attributes->>'round' = '1' AND attributes->>'outcome' = 'passed'
                            THEN 1 ELSE 0 END) AS passed_at_once
            FROM records
            WHERE span_name = 'round_judged' AND attributes->>'outcome' <> 'untried'
            GROUP BY trace_id) AS judged
      JOIN (SELECT trace_id, min(start_timestamp) AS published_at
            FROM records
            WHERE span_name = 'phase_transition' AND attributes->>'to_phase' = 'deployment'
            GROUP BY trace_id) AS published ON published.trace_id = judged.trace_id
      GROUP BY 1) AS daily
ORDER BY day DESC
