-- name: keep_offer
-- The tools that an agent is offered, once.
INSERT INTO agent_offer (agent_id, tools) VALUES (%(agent_id)s, %(tools)s)
ON CONFLICT (agent_id) DO NOTHING;

-- name: inherit_offer
-- An agent that goes on for another one is offered the same.
INSERT INTO agent_offer (agent_id, tools)
SELECT %(agent_id)s, tools FROM agent_offer WHERE agent_id = %(predecessor_agent_id)s
ON CONFLICT (agent_id) DO NOTHING;

-- name: inherit_calls
-- What the other one has called, it has called.
INSERT INTO outside_call (agent_id, tool_use_id, server, tool, began_at, status, result)
SELECT %(agent_id)s, tool_use_id, server, tool, began_at, status, result
FROM outside_call WHERE agent_id = %(predecessor_agent_id)s
ON CONFLICT DO NOTHING;

-- name: load_offer
-- The tools that an agent was offered.
SELECT tools FROM agent_offer WHERE agent_id = %(agent_id)s;

-- name: replace_offer
-- The tools that are left to an agent.
UPDATE agent_offer SET tools = %(tools)s WHERE agent_id = %(agent_id)s;

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

-- name: list_confirmed
-- The links that a request's agents have reported and that answered, oldest first.
SELECT outside_call.result FROM outside_call JOIN agent USING (agent_id)
WHERE agent.request_id = %(request_id)s AND server = %(server)s AND tool = %(tool)s
  AND outside_call.status = 'ok'
ORDER BY began_at;
