-- name: keep
-- A prompt, unless it is there already. It is in use, so that it is not removed between this and the
-- agent that has it.
INSERT INTO agent_prompt (prompt_hash, system, tools, schema)
VALUES (%(prompt_hash)s, %(system)s, %(tools)s, %(schema)s)
ON CONFLICT (prompt_hash) DO UPDATE SET used_at = now()
    WHERE agent_prompt.used_at < now() - interval '1 day';

-- name: give
-- An agent's prompt and effort, before its first turn.
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
