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
    document              jsonb NOT NULL
);
-- Lists are newest first, so each filter's index ends with the time.
CREATE INDEX handoff_by_time ON handoff (created_at DESC);
CREATE INDEX handoff_by_user ON handoff (user_id, created_at DESC);
CREATE INDEX handoff_by_request ON handoff (request_id, created_at DESC);
CREATE INDEX handoff_by_type ON handoff (agent_type, created_at DESC);
CREATE INDEX handoff_by_reason ON handoff (reason, created_at DESC);
CREATE INDEX handoff_by_type_and_reason ON handoff (agent_type, reason, created_at DESC);
