-- title: An agent uses many tokens
-- threshold: 150000 tokens
-- window: 5 minutes
SELECT attributes ->> 'agent_id' AS subject,
       sum((attributes ->> 'total_tokens')::bigint
           - coalesce((attributes ->> 'cache_read_tokens')::bigint, 0)) AS value
FROM records
WHERE span_name = 'token_usage' AND end_timestamp > now() - interval '5 minutes'
  AND start_timestamp > now() - interval '1 day'
GROUP BY attributes ->> 'agent_id'
HAVING sum((attributes ->> 'total_tokens')::bigint
           - coalesce((attributes ->> 'cache_read_tokens')::bigint, 0)) > 150000
