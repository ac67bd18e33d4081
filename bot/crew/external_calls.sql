-- name: inherit_calls
-- What an agent has called, the one that goes on for it has called, and whoever goes on for that.
WITH RECURSIVE before AS (
    SELECT predecessor_agent_id AS agent_id, 1 AS steps FROM agent
    WHERE agent_id = %(agent_id)s AND continuation_mode = 'resumed'
    UNION ALL
    SELECT predecessor_agent_id, steps + 1 FROM before JOIN agent USING (agent_id)
    WHERE continuation_mode = 'resumed'
)
INSERT INTO outside_call (agent_id, tool_use_id, server, tool, began_at, status, result)
SELECT %(agent_id)s, tool_use_id, server, tool, began_at, status, result
FROM before JOIN outside_call USING (agent_id)
ORDER BY steps
ON CONFLICT DO NOTHING;

-- name: begin_call
-- A call is about to be made. No row when it was begun before.
INSERT INTO outside_call (agent_id, tool_use_id, server, tool)
VALUES (%(agent_id)s, %(tool_use_id)s, %(server)s, %(tool)s)
ON CONFLICT DO NOTHING
RETURNING tool_use_id;

-- name: load_call
-- How a call ended that was begun before; both are NULL if it was cut off.
SELECT status, result FROM outside_call
WHERE agent_id = %(agent_id)s AND tool_use_id = %(tool_use_id)s;

-- name: end_call
-- How the call ended.
UPDATE outside_call SET status = %(status)s, result = %(result)s
WHERE agent_id = %(agent_id)s AND tool_use_id = %(tool_use_id)s;
