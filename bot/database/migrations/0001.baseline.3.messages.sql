-- What users write, and the request that each message opens.

-- One trace's durable root: minted at acceptance, closed by whichever process ends the request.
CREATE TABLE request (
    request_id      uuid PRIMARY KEY,
    user_id         text NOT NULL REFERENCES contact ON DELETE CASCADE,
    conversation_id uuid NOT NULL,
    platform        text NOT NULL,
    trace_id        text NOT NULL,               -- 32 hex characters
    span_id         text NOT NULL,               -- 16 hex characters, the root span's
    request_type    text,                        -- build, change, talk, command; NULL until read
    request_length  int NOT NULL,                -- characters
    status          text NOT NULL DEFAULT 'accepted'
                    CHECK (status IN ('accepted', 'working', 'completed', 'failed', 'stopped')),
    project_id      uuid,
    accepted_at     timestamptz NOT NULL DEFAULT now(),
    work_ended_at   timestamptz,                 -- nothing more will be done or said
    closed_at       timestamptz                  -- the last message is out, the root span emitted
);
CREATE INDEX request_by_user ON request (user_id, accepted_at DESC);
CREATE INDEX request_open ON request (accepted_at) WHERE closed_at IS NULL;

CREATE TABLE inbound_message (
    message_sid      text PRIMARY KEY,           -- makes intake happen once
    request_id       uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    user_id          text NOT NULL REFERENCES contact ON DELETE CASCADE,
    message_type     text NOT NULL,
    body             text NOT NULL,
    fields_encrypted bytea NOT NULL,             -- every field that Twilio sent, as JSON
    is_taken_in      boolean NOT NULL DEFAULT false,  -- the body says what came with it
    received_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbound_message_by_user ON inbound_message (user_id, received_at);
-- Retention empties the fields; what is emptied leaves this index, so that no step meets it again.
CREATE INDEX inbound_message_with_fields ON inbound_message (received_at)
    WHERE fields_encrypted <> ''::bytea;

-- Up to when the provider's inbound messages were compared with ours.
CREATE TABLE reconciliation (
    the_only_row  boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    checked_until timestamptz NOT NULL
);

-- The latest stop of a user: what they had said before is not begun any more.
CREATE TABLE stop_order (
    user_id text PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    said_at timestamptz NOT NULL
);

-- The question whether something is to be built at all.
CREATE TABLE doubt (
    user_id    text PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    request_id uuid NOT NULL,                    -- the message that may be a request, or only talk
    body       text NOT NULL,
    project    int,                              -- the project it may be about, by its number
    kind       text NOT NULL CHECK (kind IN ('new_build', 'change')),
    asked_at   timestamptz NOT NULL DEFAULT now()
);
