-- Tools of other services: what an agent was offered, and each call that it made.

-- Kept for the agent's whole life, so that the prefix of its prompt stays the same.
CREATE TABLE agent_offer (
    agent_id text PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    tools    text NOT NULL                       -- JSON
);

-- A row is there before the call begins. One without a status was cut off: nobody knows whether
-- the service did its work.
CREATE TABLE outside_call (
    agent_id    text NOT NULL REFERENCES agent ON DELETE CASCADE,
    tool_use_id text NOT NULL,
    server      text NOT NULL,
    tool        text NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT now(),
    status      text,                            -- ok, error, unavailable, unknown
    result      text,                            -- what the agent reads
    PRIMARY KEY (agent_id, tool_use_id)
);
