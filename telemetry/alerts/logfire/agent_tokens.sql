-- An agent uses many tokens: over 10000 in 5 minutes.
SELECT attributes ->> 'agent_id' AS subject,
       sum((attributes ->> 'total_tokens')::bigint) AS value
FROM records
WHERE span_name = 'token_usage' AND start_timestamp > now() - interval '5 minutes'
GROUP BY attributes ->> 'agent_id'
HAVING sum((attributes ->> 'total_tokens')::bigint) > 10000
