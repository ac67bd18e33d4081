-- title: An agent uses many tokens
-- threshold: 150000 tokens
-- window: 5 minutes
SELECT subject, sum(tokens) AS value
FROM (SELECT coalesce(attributes ->> 'agent_id',
                      'reading of ' || (attributes ->> 'request_id')) AS subject,
             (attributes ->> 'total_tokens')::bigint
             - coalesce((attributes ->> 'cache_read_tokens')::bigint, 0) AS tokens
      FROM records
      WHERE span_name = 'token_usage' AND end_timestamp > now() - interval '5 minutes'
        AND start_timestamp > now() - interval '1 day') AS calls
GROUP BY subject
HAVING sum(tokens) > 150000
