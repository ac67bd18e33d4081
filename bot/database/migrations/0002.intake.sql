-- Who writes, what they wrote, and the request that each message opens.

CREATE TABLE contact (
    user_id           text PRIMARY KEY,          -- keyed hash, 32 hex characters
    conversation_id   uuid NOT NULL DEFAULT gen_random_uuid(),
    platform          text NOT NULL,             -- 'whatsapp'
    address_encrypted bytea NOT NULL,            -- the only copy that replies are sent to
    first_inbound_at  timestamptz NOT NULL DEFAULT now(),
    last_inbound_at   timestamptz NOT NULL DEFAULT now()
);

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
    received_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbound_message_by_user ON inbound_message (user_id, received_at);

-- Takes a message in: contact, message, request and conversation job in one statement.
-- Returns the request's id, or NULL for a message that was already here.
CREATE FUNCTION accept_message(
    _message_sid text, _user_id text, _platform text, _address bytea, _message_type text,
    _body text, _fields bytea, _request_id uuid, _trace_id text, _span_id text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    _conversation_id uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || _user_id, 0));
    IF EXISTS (SELECT FROM inbound_message WHERE message_sid = _message_sid) THEN
        RETURN NULL;
    END IF;
    INSERT INTO contact (user_id, platform, address_encrypted)
    VALUES (_user_id, _platform, _address)
    ON CONFLICT (user_id) DO UPDATE
        SET address_encrypted = excluded.address_encrypted, last_inbound_at = now()
    RETURNING conversation_id INTO _conversation_id;
    INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                         request_length)
    VALUES (_request_id, _user_id, _conversation_id, _platform, _trace_id, _span_id,
            length(_body));
    INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                                 fields_encrypted)
    VALUES (_message_sid, _request_id, _user_id, _message_type, _body, _fields);
    PERFORM enqueue_job('conversation', 'read_message', 'user:' || _user_id,
                        jsonb_build_object('message_sid', _message_sid));
    RETURN _request_id;
END $$;
