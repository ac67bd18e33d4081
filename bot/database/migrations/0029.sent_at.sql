-- A message that is found late counts from when it was sent, not from when it was found.

-- Takes a message in: contact, message, request and conversation job in one statement. `_sent_at`
-- is NULL for one that is sent just now.
-- Returns the request's id, or NULL for a message that was already here.
DROP FUNCTION accept_message(text, text, text, bytea, text, text, bytea, uuid, text, text, text);
CREATE FUNCTION accept_message(
    _message_sid text, _user_id text, _platform text, _address bytea, _message_type text,
    _body text, _fields bytea, _request_id uuid, _trace_id text, _span_id text,
    _address_key text DEFAULT NULL, _sent_at timestamptz DEFAULT NULL)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    _conversation_id uuid;
    _at timestamptz := least(_sent_at, now());  -- NULL is no candidate
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || _user_id, 0));
    IF EXISTS (SELECT FROM inbound_message WHERE message_sid = _message_sid) THEN
        RETURN NULL;
    END IF;
    INSERT INTO contact (user_id, platform, address_encrypted, address_key, first_inbound_at,
                         last_inbound_at)
    VALUES (_user_id, _platform, _address, _address_key, _at, _at)
    ON CONFLICT (user_id) DO UPDATE
        SET address_encrypted = excluded.address_encrypted,
            address_key = coalesce(excluded.address_key, contact.address_key),
            last_inbound_at = greatest(contact.last_inbound_at, excluded.last_inbound_at)
    RETURNING conversation_id INTO _conversation_id;
    INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                         request_length, accepted_at)
    VALUES (_request_id, _user_id, _conversation_id, _platform, _trace_id, _span_id,
            length(_body), _at);
    INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                                 fields_encrypted, received_at)
    VALUES (_message_sid, _request_id, _user_id, _message_type, _body, _fields, _at);
    PERFORM enqueue_job('conversation', 'read_message', 'user:' || _user_id,
                        jsonb_build_object('message_sid', _message_sid));
    RETURN _request_id;
END $$;
