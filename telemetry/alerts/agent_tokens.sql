-- title: An agent uses many tokens
-- threshold: 150000 tokens
-- window: 5 minutes
-- remedy: see what it does (textcrew agents, textcrew query request-tree); stop its request if it goes in circles
-- Tokens that were read from the cache cost little and are not counted.
SELECT coalesce(agent_id, 'router') AS subject,
       sum(input_tokens + output_tokens + cache_creation_tokens)::float AS value
FROM model_call
WHERE called_at > now() - %(window)s
GROUP BY coalesce(agent_id, 'router')
HAVING sum(input_tokens + output_tokens + cache_creation_tokens) > %(threshold)s
ORDER BY value DESC;
