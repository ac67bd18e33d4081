-- title: Tokens by agent in 24 hours
-- question: How many tokens did each agent use in the last 24 hours?
-- bar: total_tokens
SELECT attributes->>'agent_id' AS agent_id, attributes->>'agent_type' AS agent_type,
       count(*) AS calls,
       sum((attributes->>'total_tokens')::bigint) AS total_tokens,
       max((attributes->>'usage_percentage')::float8) AS highest_usage_percentage
FROM records
WHERE span_name = 'token_usage' AND attributes->>'total_tokens' IS NOT NULL
  AND attributes->>'agent_id' IS NOT NULL
  AND start_timestamp > now() - interval '24 hours'
GROUP BY 1, 2
ORDER BY total_tokens DESC, agent_id
