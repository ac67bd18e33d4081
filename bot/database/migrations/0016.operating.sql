-- What operators do to requests, messages and users, and what they have stopped for a while.

-- Who did what, when and why. It names a user by their id alone and no column refers to them, so a
-- row outlives their erasure; nothing in it was written by a user.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    operator text NOT NULL,                      -- as they named themselves, or the system's user
    action   text NOT NULL,                      -- cancel, resend, pause …
    subject  text NOT NULL,                      -- request:<id>, message:<id>, user:<id>, intake …
    reason   text NOT NULL                       -- in the operator's words, without addresses
);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_subject ON audit (subject text_pattern_ops);  -- ids may be cut short

-- There while an operator has stopped it: messages are taken in and not read, or written and not
-- sent.
CREATE TABLE pause (
    what     text PRIMARY KEY CHECK (what IN ('intake', 'sending')),
    since    timestamptz NOT NULL DEFAULT now(),
    operator text NOT NULL,
    reason   text NOT NULL
);

-- What an operator allows a user for one day beyond the budget that all users have.
ALTER TABLE budget_account ADD COLUMN raised numeric NOT NULL DEFAULT 0;  -- USD
