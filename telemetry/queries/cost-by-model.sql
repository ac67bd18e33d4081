-- title: Cost by model
-- question: Which model costs what?
-- bar: cost_usd
SELECT attributes->>'model' AS model, count(*) AS calls,
       sum((attributes->>'total_tokens')::bigint) AS total_tokens,
       sum((attributes->>'operation.cost')::float8) AS cost_usd,
       count(*) FILTER (WHERE attributes->>'operation.cost' IS NULL) AS calls_of_unknown_cost
FROM records
WHERE span_name IN ('token_usage', 'transcribe')
  AND attributes->>'total_tokens' IS NOT NULL
GROUP BY 1
ORDER BY cost_usd DESC NULLS LAST, model
