-- One person, whatever they come with. The first id that a user was known by stays theirs: what they
-- are known as later, an ExternalUserId or another address, leads to it.

-- Twilio's ExternalUserIds. Contacts from before this table whose id is one's hash have none here
-- until they write again.
CREATE TABLE known_as (
    external_id text PRIMARY KEY,                -- keyed hash of an ExternalUserId
    user_id     text NOT NULL REFERENCES contact ON DELETE CASCADE
);
CREATE INDEX known_as_by_user ON known_as (user_id);

-- The addresses that people wrote from. A number may change hands: it is whose who took it last.
CREATE TABLE person_address (
    address_key text NOT NULL,                   -- as in contact
    user_id     text NOT NULL REFERENCES contact ON DELETE CASCADE,
    is_number   boolean,                         -- false: a username; NULL: from before this table
    held_since  timestamptz NOT NULL,
    PRIMARY KEY (address_key, user_id)
);
CREATE INDEX person_address_by_user ON person_address (user_id);
INSERT INTO person_address (address_key, user_id, held_since)
SELECT address_key, user_id, first_inbound_at FROM contact WHERE address_key IS NOT NULL;

-- 'moved': somebody else has their number now. It ends when they write from another one.
ALTER TABLE contact
    DROP CONSTRAINT contact_suppressed_reason_check,
    ADD CONSTRAINT contact_suppressed_reason_check
        CHECK (suppressed_reason IN ('opted_out', 'blocked', 'moved'));

CREATE OR REPLACE FUNCTION reopen_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.window_closed_at := NULL;
    IF NEW.suppressed_reason IN ('blocked', 'moved') THEN
        NEW.suppressed_at := NULL;
        NEW.suppressed_reason := NULL;
    END IF;
    IF EXISTS (SELECT FROM outbox WHERE user_id = NEW.user_id AND state = 'waiting_for_window') THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || NEW.user_id,
                            jsonb_build_object('user_id', NEW.user_id));
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER reopen_window ON contact;
CREATE TRIGGER reopen_window BEFORE UPDATE OF last_inbound_at ON contact
    FOR EACH ROW WHEN (OLD.window_closed_at IS NOT NULL
                       OR OLD.suppressed_reason IN ('blocked', 'moved'))
    EXECUTE FUNCTION reopen_window();

-- Whose an address was at a moment; NULL if it was nobody's, or its last holder had gone over to
-- another number by then. Who is known from a later message only was there before it, too.
CREATE FUNCTION holder_of(_address_key text, _at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT user_id
    FROM (SELECT * FROM person_address WHERE address_key = _address_key
          ORDER BY held_since <= _at DESC,
                   CASE WHEN held_since <= _at THEN held_since END DESC, held_since
          LIMIT 1) AS held
    WHERE NOT EXISTS (
        SELECT FROM person_address AS later
        WHERE later.user_id = held.user_id AND later.is_number IS NOT false
          AND later.held_since > held.held_since AND later.held_since <= _at)
$$;

-- Who came with a number and never with an ExternalUserId, unless somebody but `_known` who has one
-- wrote from it since: then it is not certain whose it was.
CREATE FUNCTION unnamed_holder_of(_address_key text, _address_id text, _known text) RETURNS text
LANGUAGE sql STABLE AS $$
    WITH held AS (
        SELECT held.user_id, held_since,
               EXISTS (SELECT FROM known_as WHERE known_as.user_id = held.user_id)
               OR is_number IS NULL AND held.user_id <> _address_id AS is_named
        FROM person_address AS held WHERE address_key = _address_key
        UNION ALL  -- from before addresses were noted
        SELECT user_id, first_inbound_at, false FROM contact
        WHERE user_id = _address_id AND NOT EXISTS (
            SELECT FROM person_address WHERE person_address.user_id = contact.user_id)
    )
    SELECT user_id FROM held
    WHERE NOT is_named AND user_id IS DISTINCT FROM _known AND NOT EXISTS (
        SELECT FROM held AS other
        WHERE other.is_named AND other.user_id IS DISTINCT FROM _known
          AND other.held_since >= held.held_since)
    ORDER BY held_since DESC LIMIT 1
$$;

-- A new person's id; another one where somebody is known by it who has other addresses.
CREATE FUNCTION free_id(_id text) RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM person_address WHERE user_id = _id)
                THEN translate(gen_random_uuid()::text, '-', '') ELSE _id END
$$;

-- Lets jobs about a person be about another id of theirs: those at work, or all others.
CREATE FUNCTION move_jobs(_from text, _to text, _at_work boolean) RETURNS void LANGUAGE sql AS $$
    UPDATE procrastinate_jobs
    SET lock = replace(lock, _from, _to),
        args = CASE WHEN args ? 'user_id' THEN args || jsonb_build_object('user_id', _to)
                    ELSE args END
    WHERE (status = 'doing') = _at_work
      AND lock = ANY (ARRAY['user:' || _from, 'stop:' || _from, 'words:' || _from,
                            'delivery:' || _from])
$$;

-- What a job notes in the name of an id that was joined meanwhile is the person's all the same.
CREATE FUNCTION take_user_of_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.user_id := coalesce((SELECT user_id FROM request WHERE request_id = NEW.request_id),
                            NEW.user_id);
    RETURN NEW;
END $$;
CREATE TRIGGER take_user_of_request BEFORE INSERT ON agent
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();
CREATE TRIGGER take_user_of_request BEFORE INSERT ON model_call
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();
CREATE TRIGGER take_user_of_request BEFORE INSERT ON handoff
    FOR EACH ROW EXECUTE FUNCTION take_user_of_request();

-- Makes one of two people who turn out to be the same; returns the id that stays, the earlier one.
-- What a job of the other one has begun fails at the missing contact and is tried again as theirs.
-- Neither is joined who is just being forgotten.
CREATE FUNCTION join_people(_known text, _unnamed text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _stays contact;
    _goes contact;
    _table text;
    _account record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || least(_known, _unnamed), 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || greatest(_known, _unnamed), 0));
    SELECT * INTO _stays FROM contact WHERE user_id IN (_known, _unnamed)
    ORDER BY first_inbound_at, user_id LIMIT 1 FOR UPDATE;
    SELECT * INTO _goes FROM contact
    WHERE user_id IN (_known, _unnamed) AND user_id <> _stays.user_id FOR UPDATE;
    IF NOT FOUND OR _stays.forgotten_request_id IS NOT NULL
       OR _goes.forgotten_request_id IS NOT NULL THEN
        RETURN _known;
    END IF;

    -- What there is one of: the later one, the stricter one.
    DELETE FROM remembered AS twice USING remembered AS kept
    WHERE twice.user_id = _goes.user_id AND kept.user_id = _stays.user_id
      AND md5(lower(twice.fact)) = md5(lower(kept.fact));
    DELETE FROM doubt USING doubt AS other
    WHERE doubt.user_id IN (_stays.user_id, _goes.user_id)
      AND other.user_id IN (_stays.user_id, _goes.user_id)
      AND (doubt.asked_at, doubt.user_id) < (other.asked_at, other.user_id);
    DELETE FROM stop_order USING stop_order AS other
    WHERE stop_order.user_id IN (_stays.user_id, _goes.user_id)
      AND other.user_id IN (_stays.user_id, _goes.user_id)
      AND (stop_order.said_at, stop_order.user_id) < (other.said_at, other.user_id);
    INSERT INTO person_address (address_key, user_id, is_number, held_since)
    SELECT address_key, _stays.user_id, is_number, held_since FROM person_address
    WHERE user_id = _goes.user_id
    ON CONFLICT (address_key, user_id) DO UPDATE
        SET held_since = least(person_address.held_since, excluded.held_since);

    -- One allowance of a day, with what both have spent of it. Accounts are locked in their order.
    FOR _account IN
        SELECT account, replace(account, _goes.user_id, _stays.user_id) AS joined, reserved, spent
        FROM budget_account WHERE user_id = _goes.user_id ORDER BY account FOR UPDATE
    LOOP
        DELETE FROM budget_account WHERE account = _account.account;
        INSERT INTO budget_account AS known (account, user_id, reserved, spent)
        VALUES (_account.joined, _stays.user_id, _account.reserved, _account.spent)
        ON CONFLICT (account) DO UPDATE
            SET reserved = known.reserved + excluded.reserved,
                spent = known.spent + excluded.spent;
    END LOOP;
    UPDATE budget_reservation
    SET accounts = (SELECT array_agg(replace(account, _goes.user_id, _stays.user_id) ORDER BY place)
                    FROM unnest(accounts) WITH ORDINALITY AS held (account, place))
    WHERE EXISTS (SELECT FROM unnest(accounts) AS account
                  WHERE account LIKE 'user:' || _goes.user_id || ':%');

    -- All the rest, in whatever table it is.
    FOR _table IN
        SELECT table_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND column_name = 'user_id' AND table_type = 'BASE TABLE'
          AND table_name NOT IN ('contact', 'person_address', 'budget_account')
    LOOP
        EXECUTE format('UPDATE %I SET user_id = $1 WHERE user_id = $2', _table)
        USING _stays.user_id, _goes.user_id;
    END LOOP;

    -- Jobs wait behind the others of the person, and are forgotten with them. Of two that are at
    -- work on the same, one keeps its lock.
    PERFORM move_jobs(_goes.user_id, _stays.user_id, false);
    BEGIN
        PERFORM move_jobs(_goes.user_id, _stays.user_id, true);
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    DELETE FROM contact WHERE user_id = _goes.user_id;
    UPDATE contact
    SET last_inbound_at = greatest(_stays.last_inbound_at, _goes.last_inbound_at),
        last_attempt_at = greatest(_stays.last_attempt_at, _goes.last_attempt_at),
        address_encrypted = _goes.address_encrypted,
        address_key = coalesce(_goes.address_key, _stays.address_key),
        current_project_id = coalesce(_goes.current_project_id, _stays.current_project_id),
        forget_asked_at = greatest(_stays.forget_asked_at, _goes.forget_asked_at),
        language = CASE WHEN _stays.language_is_wished AND NOT _goes.language_is_wished
                        THEN _stays.language ELSE coalesce(_goes.language, _stays.language) END,
        language_is_wished = _stays.language_is_wished OR _goes.language_is_wished
    WHERE user_id = _stays.user_id;
    IF _goes.suppressed_reason = 'opted_out' THEN
        PERFORM suppress_contact(_stays.user_id, 'opted_out');
    ELSIF _stays.suppressed_reason = 'opted_out' THEN
        UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
        WHERE user_id = _stays.user_id AND state IN ('queued', 'waiting_for_window');
    END IF;
    IF EXISTS (SELECT FROM outbox
               WHERE user_id = _stays.user_id AND state IN ('queued', 'sending', 'uncertain')) THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _stays.user_id,
                            jsonb_build_object('user_id', _stays.user_id));
    END IF;
    RETURN _stays.user_id;
END $$;

-- Who writes. A known number that comes with an ExternalUserId is that person; one that comes with
-- another ExternalUserId than theirs has changed hands.
CREATE FUNCTION find_writer(_external_id text, _address_id text, _address_key text,
                            _at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _known text;
    _unnamed text;
BEGIN
    IF _external_id IS NULL THEN
        RETURN coalesce(holder_of(_address_key, _at), free_id(_address_id));
    END IF;
    SELECT user_id INTO _known FROM known_as WHERE external_id = _external_id;
    IF NOT FOUND THEN
        SELECT user_id INTO _known FROM contact WHERE user_id = _external_id;
    END IF;
    _unnamed := unnamed_holder_of(_address_key, _address_id, _known);
    IF _known IS NULL THEN
        RETURN coalesce(_unnamed, free_id(_external_id));
    ELSIF _unnamed IS NULL OR EXISTS (
        SELECT FROM person_address
        WHERE user_id = _known AND address_key <> _address_key AND is_number IS NOT false) THEN
        RETURN _known;  -- who has had another number may be new to this one
    END IF;
    RETURN join_people(_known, _unnamed);
END $$;

-- Lets an address be this person's from now on; whoever had it gets nothing more over it.
CREATE FUNCTION take_address(_user_id text, _address_key text, _is_number boolean,
                             _at timestamptz, _is_back boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM suppress_contact(user_id, 'moved') FROM contact
    WHERE address_key = _address_key AND user_id <> _user_id;
    UPDATE contact SET address_key = NULL
    WHERE address_key = _address_key AND user_id <> _user_id;
    INSERT INTO person_address AS held (address_key, user_id, is_number, held_since)
    VALUES (_address_key, _user_id, _is_number, _at)
    ON CONFLICT (address_key, user_id) DO UPDATE
        SET held_since = CASE WHEN _is_back THEN excluded.held_since ELSE held.held_since END,
            is_number = CASE WHEN EXISTS (SELECT FROM known_as WHERE user_id = _user_id)
                             THEN excluded.is_number ELSE held.is_number END;
END $$;

-- Takes a message in: writer, contact, message, request and conversation job in one statement.
-- `_sent_at` is NULL for one that is sent just now. Both ids of a writer come in one message, so
-- they are joined here; the locks let two messages that come at once see each other, the address's
-- before the ExternalUserId's before the person's.
-- Returns the request's id, or NULL for a message that was already here, and whose it is.
DROP FUNCTION accept_message(text, text, text, bytea, text, text, bytea, uuid, text, text, text,
                             timestamptz);
CREATE FUNCTION accept_message(
    _message_sid text, _external_id text, _address_id text, _platform text, _address bytea,
    _address_key text, _is_number boolean, _message_type text, _body text, _fields bytea,
    _request_id uuid, _trace_id text, _span_id text, _sent_at timestamptz,
    OUT accepted uuid, OUT writer text)
LANGUAGE plpgsql AS $$
DECLARE
    _conversation_id uuid;
    _former_key text;
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
    writer := find_writer(_external_id, _address_id, _address_key, _at);
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || writer, 0));
    -- Sent by who had the address before another one took it.
    _is_late := EXISTS (SELECT FROM person_address
                        WHERE address_key = _address_key AND user_id <> writer
                          AND held_since > _at);
    SELECT address_key INTO _former_key FROM contact WHERE user_id = writer;
    INSERT INTO contact (user_id, platform, address_encrypted, address_key, first_inbound_at,
                         last_inbound_at)
    VALUES (writer, _platform, _address, _address_key, _at, _at)
    ON CONFLICT (user_id) DO UPDATE
        SET address_encrypted = excluded.address_encrypted, address_key = excluded.address_key,
            last_inbound_at = greatest(contact.last_inbound_at, excluded.last_inbound_at)
        WHERE NOT _is_late;
    SELECT conversation_id INTO _conversation_id FROM contact WHERE user_id = writer;
    IF _external_id IS NOT NULL THEN
        INSERT INTO known_as (external_id, user_id) VALUES (_external_id, writer)
        ON CONFLICT (external_id) DO NOTHING;
    END IF;
    IF NOT _is_late THEN
        PERFORM take_address(writer, _address_key, _is_number, _at,
                             _former_key IS DISTINCT FROM _address_key);
    END IF;
    INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,
                         request_length, accepted_at)
    VALUES (_request_id, writer, _conversation_id, _platform, _trace_id, _span_id,
            length(_body), _at);
    INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,
                                 fields_encrypted, received_at)
    VALUES (_message_sid, _request_id, writer, _message_type, _body, _fields, _at);
    PERFORM enqueue_job('conversation', 'read_message', 'user:' || writer,
                        jsonb_build_object('message_sid', _message_sid));
    accepted := _request_id;
END $$;
