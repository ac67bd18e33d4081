-- Questions of an agent to the person: asked one after the other, answered, or taken as a default.

CREATE TABLE question (
    question_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    build_id       uuid NOT NULL REFERENCES build ON DELETE CASCADE,
    user_id        text NOT NULL REFERENCES contact ON DELETE CASCADE,
    tool_use_id    text NOT NULL,                -- the call with which the agent asked
    position       int NOT NULL,                 -- in that call, from 1
    question       text NOT NULL,
    options        text[] NOT NULL,
    default_answer text NOT NULL,
    asked_at       timestamptz,                  -- NULL until it is its turn
    answer         text,
    is_default     boolean NOT NULL DEFAULT false,  -- nobody answered in time
    answered_at    timestamptz,
    UNIQUE (build_id, tool_use_id, position)
);
CREATE INDEX question_open ON question (user_id) WHERE answer IS NULL;

-- A build that waits for an answer has no job and no owner; a job is scheduled for this moment.
ALTER TABLE build ADD COLUMN waits_until timestamptz;
