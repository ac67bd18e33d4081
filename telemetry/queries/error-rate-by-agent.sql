-- title: Error rate by agent
-- question: What share of what agents of each type did ended in an error?
-- bar: error_percentage
SELECT attributes->>'agent_type' AS agent_type, count(*) AS spans,
       count(*) FILTER (WHERE otel_status_code = 'ERROR') AS errors,
       100.0 * count(*) FILTER (WHERE otel_status_code = 'ERROR') / count(*) AS error_percentage
FROM records
WHERE kind = 'span' AND attributes->>'agent_type' IS NOT NULL
GROUP BY 1
ORDER BY error_percentage DESC, agent_type
