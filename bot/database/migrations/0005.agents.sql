-- Agents, every turn they took, and what each model call used.

CREATE TABLE agent (
    agent_id             text PRIMARY KEY,       -- frontend_v1_abc123
    request_id           uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    user_id              text NOT NULL,
    project_id           uuid,
    agent_type           text NOT NULL,
    version              int NOT NULL,
    state                text NOT NULL,          -- see handoffs/states.py
    threshold            text NOT NULL DEFAULT 'OK',  -- the highest one that was crossed
    model                text NOT NULL,
    model_window         int NOT NULL,           -- tokens
    working_budget       int NOT NULL,           -- tokens
    max_output           int NOT NULL,           -- tokens
    warning_percentage   float8 NOT NULL,
    critical_percentage  float8 NOT NULL,
    occupancy            int NOT NULL DEFAULT 0, -- tokens of the last call
    input_tokens         bigint NOT NULL DEFAULT 0,
    output_tokens        bigint NOT NULL DEFAULT 0,
    cache_creation_tokens bigint NOT NULL DEFAULT 0,
    cache_read_tokens    bigint NOT NULL DEFAULT 0,
    continuation_mode    text NOT NULL CHECK (continuation_mode IN ('fresh', 'handoff')),
    predecessor_agent_id text REFERENCES agent,
    opening              text NOT NULL,  -- the first user message, JSON
    result               text,   -- what the agent answered in the end
    spawned_at           timestamptz NOT NULL DEFAULT now(),
    terminated_at        timestamptz,
    termination_reason   text,
    UNIQUE (request_id, agent_type, version)
);
CREATE INDEX agent_by_time ON agent (spawned_at DESC);
CREATE INDEX agent_by_user ON agent (user_id, spawned_at DESC);
CREATE INDEX agent_by_predecessor ON agent (predecessor_agent_id)
    WHERE predecessor_agent_id IS NOT NULL;      -- deletion looks a row's successors up
CREATE INDEX agent_alive ON agent (spawned_at) WHERE terminated_at IS NULL;

-- A turn is a checkpoint: the answer is stored before its tools run, the results before the
-- next call. Both are JSON lists of content blocks.
CREATE TABLE turn (
    agent_id    text NOT NULL REFERENCES agent ON DELETE CASCADE,
    number      int NOT NULL,                    -- from 1
    answer      text NOT NULL,
    stop_reason text NOT NULL,
    results     text,            -- NULL until the tools have run
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agent_id, number)
);

-- The ledger: one row a model call, failed and cancelled ones included.
CREATE TABLE model_call (
    id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id            uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    user_id               text NOT NULL,
    agent_id              text,                  -- NULL for routing and planning
    operation             text NOT NULL,         -- route, plan, turn, handoff
    model                 text NOT NULL,
    outcome               text NOT NULL,         -- a stop reason, or the error's class
    input_tokens          int NOT NULL,
    output_tokens         int NOT NULL,
    cache_creation_tokens int NOT NULL,
    cache_read_tokens     int NOT NULL,
    cost_usd              numeric,               -- NULL: the price is unknown
    called_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX model_call_by_request ON model_call (request_id);
CREATE INDEX model_call_by_time ON model_call (called_at);
