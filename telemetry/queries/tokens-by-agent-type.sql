-- title: Token use by agent type
-- question: Which roles use the tokens, and of what kind are they?
-- bar: total_tokens
SELECT attributes->>'agent_type' AS agent_type, count(*) AS calls,
       sum((attributes->>'input_tokens')::bigint) AS input_tokens,
       sum((attributes->>'output_tokens')::bigint) AS output_tokens,
       sum((attributes->>'cache_creation_tokens')::bigint) AS cache_creation_tokens,
       sum((attributes->>'cache_read_tokens')::bigint) AS cache_read_tokens,
       sum((attributes->>'total_tokens')::bigint) AS total_tokens
FROM records
WHERE span_name = 'token_usage' AND attributes->>'total_tokens' IS NOT NULL
GROUP BY 1
ORDER BY total_tokens DESC, agent_type
