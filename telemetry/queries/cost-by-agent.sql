-- title: Cost by agent
-- question: What did each agent cost? Calls of no agent are those that read messages.
-- bar: cost_usd
SELECT attributes->>'agent_id' AS agent_id, count(*) AS calls,
       sum((attributes->>'total_tokens')::bigint) AS total_tokens,
       sum((attributes->>'operation.cost')::float8) AS cost_usd,
       count(*) FILTER (WHERE attributes->>'operation.cost' IS NULL) AS calls_of_unknown_cost
FROM records
WHERE span_name IN ('token_usage', 'transcribe')
  AND attributes->>'total_tokens' IS NOT NULL
GROUP BY 1
ORDER BY cost_usd DESC NULLS LAST, agent_id
