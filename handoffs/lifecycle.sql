-- name: insert_agent
-- The next version of a role in a request. No row when the id is taken: try with another suffix.
WITH next AS (
    SELECT coalesce(max(version), 0) + 1 AS version
    FROM agent
    WHERE request_id = %(request_id)s AND agent_type = %(agent_type)s
)
INSERT INTO agent (agent_id, request_id, user_id, project_id, agent_type, version, state, model,
                   model_window, working_budget, max_output, warning_percentage,
                   critical_percentage, continuation_mode, predecessor_agent_id, opening)
SELECT %(agent_type)s || '_v' || next.version || '_' || %(suffix)s,
       %(request_id)s, %(user_id)s, %(project_id)s, %(agent_type)s, next.version, %(state)s,
       %(model)s, %(model_window)s, %(working_budget)s, %(max_output)s, %(warning_percentage)s,
       %(critical_percentage)s, %(continuation_mode)s, %(predecessor_agent_id)s, %(opening)s
FROM next
ON CONFLICT (agent_id) DO NOTHING
RETURNING *;

-- name: find_latest_agent
-- The newest version of a role in a request.
SELECT * FROM agent
WHERE request_id = %(request_id)s AND agent_type = %(agent_type)s
ORDER BY version DESC
LIMIT 1;

-- name: load_agent
-- One agent by its id.
SELECT * FROM agent WHERE agent_id = %(agent_id)s;

-- name: agents_of_request
-- The agents of a request, newest first.
SELECT * FROM agent
WHERE request_id = %(request_id)s AND (NOT %(alive_only)s OR terminated_at IS NULL)
ORDER BY spawned_at DESC, version DESC;

-- name: change_state
-- Only from the state that the caller knows, so that two processes cannot both go on.
UPDATE agent
SET state = %(state)s
WHERE agent_id = %(agent_id)s AND state = %(known_state)s
RETURNING *;

-- name: end_agent
-- The last change of an agent's state, with the reason and what it leaves.
UPDATE agent
SET state = 'TERMINATED', termination_reason = %(reason)s, terminated_at = now(),
    result = coalesce(%(result)s, result)
WHERE agent_id = %(agent_id)s AND state = %(known_state)s
RETURNING *;

-- name: set_result
-- What the agent answered; NULL when it has to go on.
UPDATE agent SET result = %(result)s WHERE agent_id = %(agent_id)s RETURNING *;

-- name: add_usage
-- Spend grows with every call, and each replaces the occupancy.
UPDATE agent
SET input_tokens = input_tokens + %(input_tokens)s,
    output_tokens = output_tokens + %(output_tokens)s,
    thinking_tokens = thinking_tokens + %(thinking_tokens)s,
    cache_creation_tokens = cache_creation_tokens + %(cache_creation_tokens)s,
    cache_read_tokens = cache_read_tokens + %(cache_read_tokens)s,
    occupancy = %(occupancy)s
WHERE agent_id = %(agent_id)s
RETURNING *;

-- name: store_answer
-- The model's answer before its tools run, with what it has used. A number that is taken conflicts.
WITH stored AS (
    INSERT INTO turn (agent_id, number, answer, stop_reason)
    SELECT agent_id, %(number)s, %(answer)s, %(stop_reason)s FROM agent
    WHERE agent_id = %(agent_id)s
)
UPDATE agent
SET input_tokens = input_tokens + %(input_tokens)s,
    output_tokens = output_tokens + %(output_tokens)s,
    thinking_tokens = thinking_tokens + %(thinking_tokens)s,
    cache_creation_tokens = cache_creation_tokens + %(cache_creation_tokens)s,
    cache_read_tokens = cache_read_tokens + %(cache_read_tokens)s,
    occupancy = %(occupancy)s
WHERE agent_id = %(agent_id)s
RETURNING *;

-- name: raise_threshold
-- Remembers the highest threshold that was crossed, so that each is told once.
UPDATE agent
SET threshold = %(threshold)s
WHERE agent_id = %(agent_id)s
RETURNING *;

-- name: copy_turns
-- The turns of the agent that this one goes on for.
INSERT INTO turn (agent_id, number, answer, stop_reason, results, answered_at, results_at)
SELECT %(agent_id)s, number, answer, stop_reason, results, answered_at, results_at
FROM turn
WHERE agent_id = %(predecessor_agent_id)s;

-- name: copy_occupancy
-- With its turns an agent takes over how full the context is, what was told of it, and the prompt
-- to which they are bound.
UPDATE agent
SET occupancy = before.occupancy, threshold = before.threshold,
    prompt_hash = before.prompt_hash, effort = before.effort
FROM agent AS before
WHERE agent.agent_id = %(agent_id)s AND before.agent_id = %(predecessor_agent_id)s
RETURNING agent.*;
