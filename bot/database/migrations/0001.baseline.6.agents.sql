-- Agents, every turn they took, how one hands its work to the next, and what all that costs.

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
    continuation_mode    text NOT NULL
                         CHECK (continuation_mode IN ('fresh', 'handoff', 'resumed')),
    predecessor_agent_id text REFERENCES agent,
    opening              text NOT NULL,          -- the first user message, JSON
    result               text,                   -- what the agent answered in the end
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

-- A turn is a checkpoint: the answer is stored before its tools run, the results before the next
-- call. Both are JSON lists of content blocks.
CREATE TABLE turn (
    agent_id    text NOT NULL REFERENCES agent ON DELETE CASCADE,
    number      int NOT NULL,                    -- from 1
    answer      text NOT NULL,
    stop_reason text NOT NULL,
    results     text,                            -- NULL until the tools have run
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agent_id, number)
);
CREATE INDEX turn_by_time ON turn (answered_at);

-- Tools of other services: what an agent was offered. Kept for the agent's whole life, so that the
-- prefix of its prompt stays the same.
CREATE TABLE agent_offer (
    agent_id text PRIMARY KEY REFERENCES agent ON DELETE CASCADE,
    tools    text NOT NULL                       -- JSON
);

-- A call of such a tool. The row is there before the call begins. One without a status was cut off:
-- nobody knows whether the service did its work.
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
CREATE INDEX outside_call_by_time ON outside_call (began_at);

-- Handoffs: what operators filter on in typed columns, the document beside them.
CREATE TABLE handoff (
    handoff_id            uuid PRIMARY KEY,
    request_id            uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    user_id               text NOT NULL,
    project_id            uuid,
    source_agent_id       text NOT NULL UNIQUE REFERENCES agent ON DELETE CASCADE,
    target_agent_id       text NOT NULL UNIQUE REFERENCES agent ON DELETE CASCADE,
    agent_type            text NOT NULL,         -- the source's role
    reason                text NOT NULL,         -- see handoffs/states.py
    created_at            timestamptz NOT NULL,
    completion_percentage float8 NOT NULL,
    tokens_used           bigint NOT NULL,       -- spent by the source, by the ledger
    size_kb               float8 NOT NULL,       -- of the document's JSON, 1 KB = 1024 bytes
    schema_version        int NOT NULL,
    document              jsonb                  -- NULL: its retention is over
);
-- Lists are newest first, so each filter's index ends with the time.
CREATE INDEX handoff_by_time ON handoff (created_at DESC);
CREATE INDEX handoff_by_user ON handoff (user_id, created_at DESC);
CREATE INDEX handoff_by_request ON handoff (request_id, created_at DESC);
CREATE INDEX handoff_by_type ON handoff (agent_type, created_at DESC);
CREATE INDEX handoff_by_reason ON handoff (reason, created_at DESC);
CREATE INDEX handoff_by_type_and_reason ON handoff (agent_type, reason, created_at DESC);
CREATE INDEX handoff_with_document ON handoff (created_at) WHERE document IS NOT NULL;
-- Roles and reasons go together: without this the planner takes a pair that hardly ever was for a
-- common one, and walks through all handoffs in search of fifty.
CREATE STATISTICS handoff_type_and_reason (dependencies, mcv) ON agent_type, reason FROM handoff;

-- The ledger: one row a model call, failed and cancelled ones included. A call enters it and leaves
-- the reservations in one step, so that accounts are the sum of the ledger whatever dies in
-- between.
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
    reservation_id        uuid UNIQUE,           -- NULL: nothing was reserved
    called_at             timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX model_call_by_request ON model_call (request_id);
CREATE INDEX model_call_by_time ON model_call (called_at);

-- What calls of long ago, which were removed, have used and cost. Not unique: sums of a user who
-- is joined with another one stand beside theirs.
CREATE TABLE calls_of_day (
    day                   date NOT NULL,         -- UTC
    user_id               text NOT NULL REFERENCES contact ON DELETE CASCADE,
    project_id            uuid REFERENCES project ON DELETE SET NULL,
    model                 text NOT NULL,
    calls                 bigint NOT NULL,
    input_tokens          bigint NOT NULL,
    output_tokens         bigint NOT NULL,
    cache_creation_tokens bigint NOT NULL,
    cache_read_tokens     bigint NOT NULL,
    known_cost_usd        numeric,               -- NULL: no price is known
    unpriced_calls        bigint NOT NULL
);
CREATE INDEX calls_of_day_by_user ON calls_of_day (user_id, day);
CREATE INDEX calls_of_day_by_project ON calls_of_day (project_id);

-- What may still be spent: an account a request, a user and day, and a day over all.
CREATE TABLE budget_account (
    account  text PRIMARY KEY,                   -- request:<id>, user:<id>:<day>, total:<day>
    user_id  text REFERENCES contact ON DELETE CASCADE,  -- NULL for the total
    reserved numeric NOT NULL DEFAULT 0,         -- USD of calls under way
    spent    numeric NOT NULL DEFAULT 0          -- USD of calls that have ended
);
CREATE INDEX budget_account_by_day ON budget_account ((right(account, 10)))
    WHERE account LIKE 'user:%' OR account LIKE 'total:%';

-- One row a call under way; one that a crash left behind is given back when its time is over.
CREATE TABLE budget_reservation (
    reservation_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    accounts       text[] NOT NULL,
    amount         numeric NOT NULL,             -- USD
    expires_at     timestamptz NOT NULL
);
CREATE INDEX budget_reservation_by_expiry ON budget_reservation (expires_at);
-- A run that begins finds what the run before it has left.
CREATE INDEX budget_reservation_by_request ON budget_reservation ((accounts[1]));
