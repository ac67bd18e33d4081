-- title: Cost per finished app
-- question: What does an app cost that was built to its end, all calls of its request together?
-- bar: mean_usd
SELECT built.workflow_type, count(*) AS apps, sum(spent.cost_usd) AS total_usd,
       avg(spent.cost_usd) AS mean_usd, max(spent.cost_usd) AS most_usd
FROM (SELECT DISTINCT trace_id, attributes->>'workflow_type' AS workflow_type
      FROM records WHERE span_name LIKE 'workflow:%') AS built
JOIN records AS root ON root.trace_id = built.trace_id AND root.span_name = 'user_request'
JOIN (SELECT trace_id, sum((attributes->>'operation.cost')::float8) AS cost_usd
      FROM records WHERE span_name IN ('token_usage', 'transcribe')
      GROUP BY trace_id) AS spent ON spent.trace_id = built.trace_id
WHERE root.attributes->>'request_status' = 'completed'
GROUP BY built.workflow_type
ORDER BY apps DESC, built.workflow_type
