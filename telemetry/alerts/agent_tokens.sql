-- title: An agent uses many tokens
-- threshold: 150000 tokens
-- window: 5 minutes
-- remedy: see what it does (textcrew agents, textcrew query request-tree); stop its request if it goes in circles
-- reads: tables
-- Tokens that were read from the cache cost little and are not counted. What reads messages and
-- answers them is no agent: of that each request stands for itself.
SELECT subject, sum(tokens)::float AS value
FROM (SELECT coalesce(agent_id, 'reading of ' || request_id) AS subject,
             input_tokens + output_tokens + cache_creation_tokens AS tokens
      FROM model_call
      WHERE called_at > now() - %(window)s) AS call
GROUP BY subject
HAVING sum(tokens) > %(threshold)s
ORDER BY value DESC;
