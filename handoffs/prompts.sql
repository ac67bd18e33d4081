-- name: give
-- An agent's prompt and effort, before its first turn. The prompt is kept unless it is there already;
-- it is in use then, so that it is not removed under the agent that gets it.
WITH kept AS (
    INSERT INTO agent_prompt (prompt_hash, system, tools, schema)
    VALUES (%(prompt_hash)s, %(system)s, %(tools)s, %(schema)s)
    ON CONFLICT (prompt_hash) DO UPDATE SET used_at = now()
        WHERE agent_prompt.used_at < now() - interval '1 day'
)
UPDATE agent
SET prompt_hash = %(prompt_hash)s, effort = %(effort)s
WHERE agent_id = %(agent_id)s
  AND (prompt_hash IS NULL
       OR NOT EXISTS (SELECT FROM turn WHERE turn.agent_id = agent.agent_id));

-- name: load
-- The prompt and the effort that an agent has.
SELECT system, tools, schema, effort
FROM agent JOIN agent_prompt USING (prompt_hash)
WHERE agent_id = %(agent_id)s;
