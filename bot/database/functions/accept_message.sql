-- Takes a message in: writer, contact, message, request and conversation job in one statement.
-- `_external_id` and `_address_id` are the ids that a new user would get from their ExternalUserId or
-- their address, `_external_key` and `_address_key` the hashes by which a known one is found.
-- `_sent_at` is NULL for one that is sent just now. Both ids of a writer come in one message, so
-- they are joined here; the locks let two messages that come at once see each other, the address's
-- before the ExternalUserId's before the user's.
-- Nothing that was sent before its user was forgotten comes back: either it is in before they are,
-- and goes with the rest, or it waits for their contact and finds that they were. Who sent it just
-- then is somebody new.
-- `_external_key` is NULL where a web process of an earlier version asks.
-- Returns the request's id and whose it is; NULL for a message that was already here or forgotten.
CREATE OR REPLACE FUNCTION accept_message(
    _message_sid text, _external_id text, _address_id text, _platform text, _address bytea,
    _address_key text, _is_number boolean, _message_type text, _body text, _fields bytea,
    _request_id uuid, _trace_id text, _span_id text, _sent_at timestamptz,
    _external_key text DEFAULT NULL, OUT accepted uuid, OUT writer text)
LANGUAGE plpgsql AS $$
DECLARE
    _conversation_id uuid;
    _former_key text;
    _is_forgotten boolean;
    _at timestamptz := least(_sent_at, now());  -- NULL is no candidate
    _is_late boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('address:' || _address_key, 0));
    IF _external_id IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('external:' || _external_id, 0));
    END IF;
    IF EXISTS (SELECT FROM inbound_message WHERE message_sid = _message_sid) THEN
        RETURN;
    END IF;
    _external_key := coalesce(_external_key, _external_id);
    writer := find_writer(_external_id, _external_key, _address_id, _address_key, _at);
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || writer, 0));
    SELECT address_key, conversation_id, forgotten_request_id IS NOT NULL
    INTO _former_key, _conversation_id, _is_forgotten
    FROM contact WHERE user_id = writer FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM forgotten_user  -- Twilio's clock may be ahead of ours
               WHERE address_key = _address_key
                 AND _sent_at <= forgotten_at + interval '10 seconds') THEN
        RETURN;
    END IF;
    IF _is_forgotten IS NOT false THEN  -- or there is no such contact, perhaps no longer
        writer := free_id(writer, ARRAY[_address_key, _external_key, _external_id]);
        _former_key := NULL;
        _conversation_id := NULL;
    END IF;
    -- Sent by who had the address before another one took it.
    _is_late := EXISTS (SELECT FROM user_address
                        WHERE address_key = _address_key AND user_id <> writer
                          AND held_since > _at);
    INSERT INTO contact (user_id, platform, address_encrypted, address_key, first_inbound_at,
                         last_inbound_at)
    VALUES (writer, _platform, _address, _address_key, _at, _at)
    ON CONFLICT (user_id) DO UPDATE
        SET address_encrypted = excluded.address_encrypted, address_key = excluded.address_key,
            last_inbound_at = greatest(contact.last_inbound_at, excluded.last_inbound_at)
        WHERE NOT _is_late;
    IF _conversation_id IS NULL THEN
        SELECT conversation_id INTO _conversation_id FROM contact WHERE user_id = writer;
    END IF;
    IF _external_id IS NOT NULL THEN
        INSERT INTO known_as (external_id, user_id) VALUES (_external_key, writer)
        ON CONFLICT (external_id) DO NOTHING;
    END IF;
    IF NOT _is_late THEN
        PERFORM take_address(writer, _address_key, _is_number, _at,
                             _former_key IS DISTINCT FROM _address_key);
        IF _former_key IS DISTINCT FROM _address_key THEN
            PERFORM take_spending(writer, ARRAY[_address_key, _external_key, _external_id]);
        END IF;
    END IF;
    INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                         request_length, accepted_at)
    VALUES (_request_id, writer, _conversation_id, _platform, _trace_id, _span_id,
            length(_body), _at);
    INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                                 fields_encrypted, received_at)
    VALUES (_message_sid, _request_id, writer, _message_type, _body, _fields, _at);
    PERFORM enqueue_reader(writer, _message_sid);
    accepted := _request_id;
END $$;
