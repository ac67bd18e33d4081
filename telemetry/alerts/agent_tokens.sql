-- title: An agent uses many tokens
-- threshold: 10000 tokens
-- window: 5 minutes
SELECT coalesce(agent_id, 'router') AS subject,
       sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)::float AS value
FROM model_call
WHERE called_at > now() - %(window)s
GROUP BY coalesce(agent_id, 'router')
HAVING sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)
       > %(threshold)s
ORDER BY value DESC;
