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
    attempts      int NOT NULL DEFAULT 0,
    attempted_at  timestamptz,
    provider_sid  text UNIQUE,
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

-- Queues a message of one or more parts and wakes the recipient's sender.
-- Returns false when the same news was queued before.
CREATE FUNCTION enqueue_message(_user_id text, _request_id uuid, _kind text, _dedupe_key text,
                                _parts text[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
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
