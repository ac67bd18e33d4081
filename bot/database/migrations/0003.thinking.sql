-- What agents are told is kept with them, and thinking is counted.

-- A system prompt, its tools and the form of its answer, once however many agents have them. Words
-- of ours alone: what users wrote stands in the agents' openings and turns.
CREATE TABLE agent_prompt (
    prompt_hash text PRIMARY KEY,                -- SHA-256 of the other three, hexadecimal
    system      text NOT NULL,
    tools       text NOT NULL,                   -- JSON, a list of tool definitions
    schema      text,                            -- JSON; NULL: the answer is free text
    used_at     timestamptz NOT NULL DEFAULT now()  -- to the day
);
CREATE INDEX agent_prompt_by_time ON agent_prompt (used_at);

-- An agent gets its prompt when it begins, and keeps it: what it has thought is bound to it.
ALTER TABLE agent
    ADD COLUMN prompt_hash text REFERENCES agent_prompt ON DELETE SET NULL,
                                                 -- NULL: it has not begun, or long ago
    ADD COLUMN effort text;                      -- none, low, medium, high, xhigh, max
CREATE INDEX agent_by_prompt ON agent (prompt_hash) WHERE prompt_hash IS NOT NULL;

-- Thinking is part of the output tokens, and costs as much.
ALTER TABLE agent ADD COLUMN thinking_tokens bigint NOT NULL DEFAULT 0;
ALTER TABLE model_call ADD COLUMN thinking_tokens int NOT NULL DEFAULT 0;
ALTER TABLE calls_of_day ADD COLUMN thinking_tokens bigint NOT NULL DEFAULT 0;
