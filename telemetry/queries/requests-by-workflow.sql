-- title: Requests by workflow
-- question: How many requests ran each workflow, and how long did they take from the message in to the last message out?
-- bar: p95_seconds
SELECT ran.workflow_type, count(*) AS requests, avg(root.duration) AS mean_seconds,
       approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY root.duration) AS p50_seconds,
       approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY root.duration) AS p95_seconds,
       approx_percentile_cont(0.99) WITHIN GROUP (ORDER BY root.duration) AS p99_seconds
FROM (SELECT DISTINCT trace_id, attributes->>'workflow_type' AS workflow_type
      FROM records WHERE span_name LIKE 'workflow:%') AS ran
JOIN records AS root ON root.trace_id = ran.trace_id AND root.span_name = 'user_request'
GROUP BY ran.workflow_type
ORDER BY requests DESC, ran.workflow_type
