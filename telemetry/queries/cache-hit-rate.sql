-- title: Cache hit rate
-- question: What share of the prompts' tokens was read from the cache?
-- bar: cache_hit_percentage
SELECT agent_type, prompt_tokens, cache_read_tokens,
       100.0 * cache_read_tokens / nullif(prompt_tokens, 0) AS cache_hit_percentage
FROM (SELECT attributes->>'agent_type' AS agent_type,
             sum((attributes->>'cache_read_tokens')::bigint) AS cache_read_tokens,
             sum((attributes->>'input_tokens')::bigint
                 + (attributes->>'cache_creation_tokens')::bigint
                 + (attributes->>'cache_read_tokens')::bigint) AS prompt_tokens
      FROM records
      WHERE span_name = 'token_usage' AND attributes->>'total_tokens' IS NOT NULL
      GROUP BY 1) AS used
ORDER BY prompt_tokens DESC, agent_type
