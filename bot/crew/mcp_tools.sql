-- name: keep_offer
-- The tools that an agent is offered, once.
INSERT INTO agent_offer (agent_id, tools) VALUES (%(agent_id)s, %(tools)s)
ON CONFLICT (agent_id) DO NOTHING;

-- name: inherit_offer
-- An agent that goes on for another one is offered the same. That one may have gone on for another
-- too, and been stopped before it was offered anything.
WITH RECURSIVE before AS (
    SELECT predecessor_agent_id AS agent_id, 1 AS steps FROM agent
    WHERE agent_id = %(agent_id)s AND continuation_mode = 'resumed'
    UNION ALL
    SELECT predecessor_agent_id, steps + 1 FROM before JOIN agent USING (agent_id)
    WHERE continuation_mode = 'resumed'
)
INSERT INTO agent_offer (agent_id, tools)
SELECT %(agent_id)s, tools FROM before JOIN agent_offer USING (agent_id) ORDER BY steps LIMIT 1
ON CONFLICT (agent_id) DO NOTHING;

-- name: load_offer
-- The tools that an agent was offered.
SELECT tools FROM agent_offer WHERE agent_id = %(agent_id)s;

-- name: offer_before
-- The tools that an agent of the same role was offered.
SELECT tools FROM agent_offer JOIN agent USING (agent_id)
WHERE agent_id = %(agent_id)s AND agent_type = %(agent_type)s;

-- name: replace_offer
-- The tools that are left to an agent.
UPDATE agent_offer SET tools = %(tools)s WHERE agent_id = %(agent_id)s;
