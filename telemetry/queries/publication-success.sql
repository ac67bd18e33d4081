-- title: Publication success
-- question: Of the builds that came to deployment, how many were published?
-- bar: success_percentage
SELECT day, builds, published, 100.0 * published / nullif(builds, 0) AS success_percentage
FROM (SELECT time_bucket('1 day', start_timestamp) AS day,
             count(DISTINCT trace_id) FILTER (WHERE attributes->>'to_phase' = 'deployment')
                 AS builds,
             count(DISTINCT trace_id) FILTER (WHERE attributes->>'from_phase' = 'deployment'
                                              AND attributes->>'to_phase' = 'completed')
                 AS published
      FROM records
      WHERE span_name = 'phase_transition'
      GROUP BY 1) AS daily
WHERE builds > 0
ORDER BY day DESC
