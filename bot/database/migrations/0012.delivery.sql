-- Delivery as WhatsApp really is: windows that close, people who opt out, limits of the sender,
-- accounts that are refused, choices to tap, and media.

ALTER TABLE contact
    ADD COLUMN suppressed_at     timestamptz,    -- nothing is sent to them from then on
    ADD COLUMN suppressed_reason text CHECK (suppressed_reason IN ('opted_out', 'blocked')),
    ADD COLUMN window_closed_at  timestamptz,    -- Twilio said so; NULL again when they write
    ADD COLUMN last_attempt_at   timestamptz,    -- for the least interval between two messages
    ADD COLUMN address_key       text;           -- keyed hash of the address alone
CREATE INDEX contact_by_address ON contact (address_key);

-- Pictures and documents for people, fetched by Twilio over links that expire.
CREATE TABLE media (
    media_id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      text NOT NULL REFERENCES contact ON DELETE CASCADE,
    file_name    text NOT NULL,
    content_type text NOT NULL,
    content      bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_by_user ON media (user_id);

-- Buttons and lists at Twilio, made once for each set of choices.
CREATE TABLE twilio_content (
    content_hash text PRIMARY KEY,               -- SHA-256 of what was asked for, and the account
    content_sid  text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE outbox
    DROP CONSTRAINT outbox_state_check,
    ADD CONSTRAINT outbox_state_check
        CHECK (state IN ('queued', 'sending', 'uncertain', 'sent', 'delivered', 'read', 'failed',
                         'suppressed', 'waiting_for_window')),
    ADD COLUMN as_template boolean NOT NULL DEFAULT false,   -- of the last attempt
    ADD COLUMN carries     boolean NOT NULL DEFAULT false,   -- the texts of others too
    ADD COLUMN carried_by  bigint REFERENCES outbox ON DELETE SET NULL,
    ADD COLUMN choices     jsonb,                            -- [{id, title, description}]
    ADD COLUMN media_id    uuid REFERENCES media ON DELETE SET NULL;
DROP INDEX outbox_pending;
CREATE INDEX outbox_pending ON outbox (user_id, id)
    WHERE state IN ('queued', 'sending', 'uncertain', 'waiting_for_window');
CREATE INDEX outbox_carried ON outbox (carried_by) WHERE carried_by IS NOT NULL;
CREATE INDEX outbox_by_media ON outbox (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX outbox_by_user ON outbox (user_id, created_at);

-- Ids of attempts that Twilio took in and gave up, while the message itself goes out once more.
CREATE TABLE former_sid (
    provider_sid text PRIMARY KEY,
    outbox_id    bigint NOT NULL REFERENCES outbox ON DELETE CASCADE
);
CREATE INDEX former_sid_by_message ON former_sid (outbox_id);

ALTER TABLE early_status ADD COLUMN recovery jsonb;

-- There while Twilio does not accept our credentials: nobody sends anything.
CREATE TABLE sending_halt (
    the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    since        timestamptz NOT NULL DEFAULT now(),
    error_code   int,
    reason       text NOT NULL
);

-- When our number may send its next message, over all processes.
CREATE TABLE sender_pace (
    the_only_row boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    next_at      timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sender_pace DEFAULT VALUES;

-- What was last told of a build between its milestones.
CREATE TABLE progress_told (
    build_id uuid PRIMARY KEY REFERENCES build ON DELETE CASCADE,
    news     text NOT NULL,
    told_at  timestamptz NOT NULL
);

-- Up to when the provider's inbound messages were compared with ours.
CREATE TABLE reconciliation (
    the_only_row  boolean PRIMARY KEY DEFAULT true CHECK (the_only_row),
    checked_until timestamptz NOT NULL
);

-- Queues a message of one or more parts and wakes the recipient's sender; choices go with the last
-- part, media with the first. To people who want none it is noted as suppressed.
-- Returns false when the same news was queued before.
DROP FUNCTION enqueue_message(text, uuid, text, text, text[]);
CREATE FUNCTION enqueue_message(_user_id text, _request_id uuid, _kind text, _dedupe_key text,
                                _parts text[], _choices jsonb DEFAULT NULL,
                                _media_id uuid DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    _unwanted boolean;
BEGIN
    -- First of all, so that ids of one recipient are in the order of commits, parts side by side.
    PERFORM pg_advisory_xact_lock(hashtextextended('delivery:' || _user_id, 0));
    SELECT suppressed_at IS NOT NULL AND _kind <> 'opted_out' INTO _unwanted
    FROM contact WHERE user_id = _user_id;
    INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, choices,
                        media_id, state, finished_at)
    SELECT _user_id, _request_id, _kind, _dedupe_key, part, cardinality(_parts), body,
           CASE WHEN part = cardinality(_parts) THEN _choices END,
           CASE WHEN part = 1 THEN _media_id END,
           CASE WHEN _unwanted THEN 'suppressed' ELSE 'queued' END,
           CASE WHEN _unwanted THEN now() END
    FROM unnest(_parts) WITH ORDINALITY AS piece (body, part)
    ORDER BY part
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT _unwanted THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _user_id,
                            jsonb_build_object('user_id', _user_id));
    END IF;
    RETURN true;
END $$;

-- Sends this person nothing more; what is on its way cannot be called back.
CREATE FUNCTION suppress_contact(_user_id text, _reason text)
RETURNS void LANGUAGE sql AS $$
    UPDATE contact SET suppressed_at = coalesce(suppressed_at, now()), suppressed_reason = _reason
    WHERE user_id = _user_id AND suppressed_reason IS DISTINCT FROM 'opted_out';
    UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
    WHERE user_id = _user_id AND state IN ('queued', 'waiting_for_window');
$$;

-- A person who writes opens the window, and has not blocked us (any more).
CREATE FUNCTION reopen_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.window_closed_at := NULL;
    IF NEW.suppressed_reason = 'blocked' THEN
        NEW.suppressed_at := NULL;
        NEW.suppressed_reason := NULL;
    END IF;
    IF EXISTS (SELECT FROM outbox WHERE user_id = NEW.user_id AND state = 'waiting_for_window') THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || NEW.user_id,
                            jsonb_build_object('user_id', NEW.user_id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reopen_window BEFORE UPDATE OF last_inbound_at ON contact
    FOR EACH ROW WHEN (OLD.window_closed_at IS NOT NULL OR OLD.suppressed_reason = 'blocked')
    EXECUTE FUNCTION reopen_window();

-- Messages whose text another one carries share its fate.
CREATE FUNCTION share_fate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox
    SET state = CASE WHEN NEW.state IN ('queued', 'sending', 'uncertain')
                     THEN 'waiting_for_window' ELSE NEW.state END,
        sent_at = NEW.sent_at, finished_at = NEW.finished_at,
        error_code = NEW.error_code, error_message = NEW.error_message
    WHERE carried_by = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER share_fate AFTER UPDATE OF state ON outbox
    FOR EACH ROW WHEN (NEW.carries)
    EXECUTE FUNCTION share_fate();

-- Takes a message for one attempt, and our number's next slot. No row: another sender was faster.
-- A `wait` without `attempts`: so many seconds until there are slots again.
CREATE FUNCTION claim_message(_id bigint, _state text, _attempts int, _as_template boolean,
                              _longest_wait float8, _per_second float8)
RETURNS TABLE (attempts int, wait float8) LANGUAGE plpgsql AS $$
BEGIN
    wait := 0;
    IF _per_second > 0 THEN
        SELECT extract(epoch FROM next_at - clock_timestamp()) INTO wait
        FROM sender_pace FOR UPDATE;
        IF wait > _longest_wait THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    UPDATE outbox
    SET state = 'sending', attempts = outbox.attempts + 1, attempted_at = now(),
        not_before = NULL, as_template = _as_template
    WHERE id = _id AND state = _state AND outbox.attempts = _attempts
    RETURNING outbox.attempts INTO attempts;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE contact SET last_attempt_at = now()
    WHERE user_id = (SELECT user_id FROM outbox WHERE id = _id);
    IF _per_second > 0 THEN
        UPDATE sender_pace
        SET next_at = greatest(next_at, clock_timestamp()) + interval '1 s' / _per_second;
        wait := greatest(wait, 0);
    END IF;
    RETURN NEXT;
END $$;

-- What follows from a failure that Twilio reports after it took the message in:
-- {"kind": "resend", "first": seconds, "longest": seconds, "attempts": n}, "suppress" or "window".
CREATE FUNCTION recover_message(_id bigint, _recovery jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _message outbox;
    _seconds float8;
BEGIN
    SELECT * INTO STRICT _message FROM outbox WHERE id = _id;
    IF _recovery ->> 'kind' = 'suppress' THEN
        UPDATE outbox SET state = 'suppressed' WHERE id = _id;
        PERFORM suppress_contact(_message.user_id, 'blocked');
        RETURN;
    END IF;
    IF _recovery ->> 'kind' = 'resend' AND _message.attempts >= (_recovery ->> 'attempts')::int THEN
        RETURN;
    END IF;
    INSERT INTO former_sid (provider_sid, outbox_id) VALUES (_message.provider_sid, _id);
    IF _recovery ->> 'kind' = 'window' THEN
        _seconds := 0;
        UPDATE contact SET window_closed_at = now()
        WHERE user_id = _message.user_id AND last_inbound_at < _message.attempted_at;
    ELSE
        _seconds := least((_recovery ->> 'longest')::float8,
                          (_recovery ->> 'first')::float8 * 2 ^ least(_message.attempts - 1, 30))
                    * (0.5 + random() / 2);
    END IF;
    UPDATE outbox
    SET state = CASE WHEN _recovery ->> 'kind' = 'window' THEN 'waiting_for_window'
                     ELSE 'queued' END,
        not_before = now() + _seconds * interval '1 s',
        provider_sid = NULL, provider_status = NULL, sent_at = NULL, finished_at = NULL
    WHERE id = _id;
    PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _message.user_id,
                        jsonb_build_object('user_id', _message.user_id),
                        now() + _seconds * interval '1 s');
END $$;

-- Applies what Twilio says of a message; keeps it aside if the message is not known yet.
-- Returns the message's state if it changed.
DROP FUNCTION note_status(text, text, int, text);
CREATE FUNCTION note_status(_provider_sid text, _status text, _error_code int,
                            _error_message text, _recovery jsonb DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _id bigint;
    _state text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('message:' || _provider_sid, 0));
    UPDATE outbox
    SET provider_status = _status,
        state = CASE WHEN _status IN ('delivered', 'read') THEN _status
                     WHEN _status IN ('failed', 'undelivered', 'canceled') THEN 'failed'
                     ELSE state END,
        finished_at = CASE WHEN _status IN ('delivered', 'read', 'failed', 'undelivered',
                                            'canceled')
                           THEN coalesce(finished_at, now()) END,
        error_code = _error_code,
        error_message = _error_message
    WHERE provider_sid = _provider_sid AND status_advances(provider_status, _status)
    RETURNING id, state INTO _id, _state;
    IF FOUND AND _state = 'failed' AND _recovery IS NOT NULL THEN
        PERFORM recover_message(_id, _recovery);
        SELECT state INTO _state FROM outbox WHERE id = _id;
    ELSIF _id IS NULL AND NOT EXISTS (SELECT FROM outbox WHERE provider_sid = _provider_sid)
          AND NOT EXISTS (SELECT FROM former_sid WHERE provider_sid = _provider_sid) THEN
        INSERT INTO early_status AS early (provider_sid, status, error_code, error_message,
                                           recovery)
        VALUES (_provider_sid, _status, _error_code, _error_message, _recovery)
        ON CONFLICT (provider_sid) DO UPDATE
            SET status = excluded.status, error_code = excluded.error_code,
                error_message = excluded.error_message, recovery = excluded.recovery
            WHERE status_advances(early.status, excluded.status);
        DELETE FROM early_status WHERE received_at < now() - interval '1 day';
    END IF;
    RETURN _state;
END $$;

-- Twilio has taken a claimed message in; what it said of it meanwhile is applied as well.
-- Returns the message's state, or NULL if the claim was no longer ours.
CREATE OR REPLACE FUNCTION note_accepted(_id bigint, _attempts int, _provider_sid text,
                                         _status text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    _early early_status;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('message:' || _provider_sid, 0));
    UPDATE outbox
    SET state = 'sent', provider_sid = _provider_sid, provider_status = 'accepted',
        sent_at = now(), not_before = NULL, error_code = NULL, error_message = NULL
    WHERE id = _id AND attempts = _attempts AND state IN ('sending', 'uncertain');
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM note_status(_provider_sid, _status, NULL, NULL);
    DELETE FROM early_status WHERE provider_sid = _provider_sid RETURNING * INTO _early;
    IF FOUND THEN
        PERFORM note_status(_early.provider_sid, _early.status, _early.error_code,
                            _early.error_message, _early.recovery);
    END IF;
    RETURN (SELECT state FROM outbox WHERE id = _id);
END $$;
