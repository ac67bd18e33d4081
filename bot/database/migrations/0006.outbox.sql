-- Whatever a person is to read is first a row here, written with the change that it reports.

CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       text NOT NULL REFERENCES contact ON DELETE CASCADE,
    request_id    uuid NOT NULL REFERENCES request ON DELETE CASCADE,
    kind          text NOT NULL,                 -- understood, designed, built, published, reply …
    dedupe_key    text NOT NULL,                 -- the same news is said once
    part          int NOT NULL,
    parts         int NOT NULL,
    body          text NOT NULL,
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'sending', 'uncertain', 'sent', 'delivered', 'read',
                                   'failed')),
    attempts      int NOT NULL DEFAULT 0,        -- also the fence: only the last claim may write
    attempted_at  timestamptz,                   -- when the last claim was made
    not_before    timestamptz,                   -- backing off until then; a job is scheduled for it
    provider_sid  text UNIQUE,
    provider_status text,                        -- Twilio's own word; 'sent' is ours once it has a sid
    error_code    int,
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    sent_at       timestamptz,
    finished_at   timestamptz,                   -- delivered, read or failed
    UNIQUE (dedupe_key, part)
);
CREATE INDEX outbox_pending ON outbox (user_id, id)
    WHERE state IN ('queued', 'sending', 'uncertain');
CREATE INDEX outbox_by_request ON outbox (request_id);
CREATE INDEX outbox_on_its_way ON outbox (user_id, sent_at) WHERE state = 'sent';

-- What Twilio said of a message before we knew that it is ours: its answer was still under way.
CREATE TABLE early_status (
    provider_sid  text PRIMARY KEY,
    status        text NOT NULL,
    error_code    int,
    error_message text,
    received_at   timestamptz NOT NULL DEFAULT now()
);

-- Queues a message of one or more parts and wakes the recipient's sender.
-- Returns false when the same news was queued before.
CREATE FUNCTION enqueue_message(_user_id text, _request_id uuid, _kind text, _dedupe_key text,
                                _parts text[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- First of all, so that ids of one recipient are in the order of commits, parts side by side.
    PERFORM pg_advisory_xact_lock(hashtextextended('delivery:' || _user_id, 0));
    INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body)
    SELECT _user_id, _request_id, _kind, _dedupe_key, part, cardinality(_parts), body
    FROM unnest(_parts) WITH ORDINALITY AS piece (body, part)
    ORDER BY part
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _user_id,
                        jsonb_build_object('user_id', _user_id));
    RETURN true;
END $$;

-- Whether a status is news after another one: callbacks come late, twice and in any order.
-- A failure ends a message that was not delivered; nothing follows a failure.
CREATE FUNCTION status_advances(_from text, _to text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN _to = ANY (failures) THEN NOT _from = ANY (failures || '{delivered,read}')
                ELSE NOT _from = ANY (failures)
                     AND array_position(ways, _to) > array_position(ways, _from) END
    FROM (SELECT '{failed,undelivered,canceled}'::text[] AS failures,
                 '{accepted,scheduled,queued,sending,sent,delivered,read}'::text[] AS ways) AS known
$$;

-- Applies what Twilio says of a message; keeps it aside if the message is not known yet.
-- Returns the message's state if it changed.
CREATE FUNCTION note_status(_provider_sid text, _status text, _error_code int,
                            _error_message text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
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
    RETURNING state INTO _state;
    IF NOT FOUND AND NOT EXISTS (SELECT FROM outbox WHERE provider_sid = _provider_sid) THEN
        INSERT INTO early_status AS early (provider_sid, status, error_code, error_message)
        VALUES (_provider_sid, _status, _error_code, _error_message)
        ON CONFLICT (provider_sid) DO UPDATE
            SET status = excluded.status, error_code = excluded.error_code,
                error_message = excluded.error_message
            WHERE status_advances(early.status, excluded.status);
        DELETE FROM early_status WHERE received_at < now() - interval '1 day';
    END IF;
    RETURN _state;
END $$;

-- Twilio has taken a claimed message in; what it said of it meanwhile is applied as well.
-- Returns the message's state, or NULL if the claim was no longer ours.
CREATE FUNCTION note_accepted(_id bigint, _attempts int, _provider_sid text, _status text)
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
                            _early.error_message);
    END IF;
    RETURN (SELECT state FROM outbox WHERE id = _id);
END $$;
