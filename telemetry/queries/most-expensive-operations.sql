-- title: Most expensive operations
-- question: Which single model calls cost the most?
-- bar: cost_usd
SELECT start_timestamp, (attributes->>'operation.cost')::float8 AS cost_usd,
       attributes->>'operation_name' AS operation_name, attributes->>'agent_id' AS agent_id,
       (attributes->>'total_tokens')::bigint AS total_tokens, duration,
       attributes->>'request_id' AS request_id
FROM records
WHERE span_name IN ('token_usage', 'transcribe') AND attributes->>'operation.cost' IS NOT NULL
ORDER BY cost_usd DESC, start_timestamp
LIMIT 20
