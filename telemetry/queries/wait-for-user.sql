-- title: Waiting for the user
-- question: How often, and for how long, do builds wait for an answer of their user's?
-- bar: mean_seconds
SELECT workflow_type, count(*) AS waits, avg(seconds) AS mean_seconds, max(seconds) AS longest_seconds
FROM (SELECT attributes->>'workflow_type' AS workflow_type, attributes->>'interruption' AS why,
             (extract(epoch FROM lead(start_timestamp) OVER (PARTITION BY trace_id
                                                             ORDER BY start_timestamp))
              - extract(epoch FROM end_timestamp))::float8 AS seconds
      FROM records WHERE span_name LIKE 'workflow:%') AS stretches
WHERE why = 'WaitsForUser' AND seconds IS NOT NULL
GROUP BY workflow_type
ORDER BY waits DESC, workflow_type
