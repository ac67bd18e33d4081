-- A chat that listens while it works: stops that overtake, changes on a list, questions.

-- The latest stop of a person: what they had said before is not begun any more.
CREATE TABLE stop_order (
    user_id text PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    said_at timestamptz NOT NULL
);

-- What a person wants different in an app while it is built, in order. The agent that owns the code
-- reads it between two turns; from then on it is applied.
CREATE TABLE wished_change (
    change_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    build_id         uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    request_id       uuid NOT NULL UNIQUE REFERENCES request ON DELETE CASCADE,  -- of the message
    body             text NOT NULL,
    added_at         timestamptz NOT NULL DEFAULT now(),
    applied_agent_id text,
    applied_turn     int,                        -- the turn with whose results it was read
    applied_at       timestamptz
);
CREATE INDEX wished_change_by_build ON wished_change (build_id, change_id);

-- Until the agent that owns the code has ended.
ALTER TABLE build ADD COLUMN takes_changes boolean NOT NULL DEFAULT true;
UPDATE build SET takes_changes = false WHERE phase NOT IN ('planning', 'design', 'implementation');
