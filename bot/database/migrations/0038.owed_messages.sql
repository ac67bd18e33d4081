-- What matters and was not delivered for a reason that may pass is owed to its recipient: it is
-- sent again with growing waits, and at the latest when they have written again.

ALTER TABLE outbox ADD COLUMN is_owed boolean NOT NULL DEFAULT false;
CREATE INDEX outbox_owed ON outbox (user_id) WHERE is_owed;

-- Whether it is worth repeating: what was mere news is not.
CREATE FUNCTION is_worth_repeating(_message outbox) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM outbox
        WHERE (id = _message.id OR carried_by = _message.id)
          AND kind IN ('published', 'picture', 'question', 'budget', 'failed', 'design', 'reply'))
$$;

-- Whether its recipient can still do something with it.
CREATE FUNCTION is_still_true(_message outbox) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT _message.carries OR CASE
        WHEN _message.kind IN ('published', 'picture') THEN NOT EXISTS (
            SELECT FROM outbox AS later
            JOIN request AS its USING (request_id)
            JOIN request AS ours ON ours.request_id = _message.request_id
            WHERE later.user_id = _message.user_id AND later.kind = 'published'
              AND later.id > _message.id AND later.request_id <> _message.request_id
              AND its.project_id = ours.project_id)
        WHEN _message.kind = 'question' THEN EXISTS (
            SELECT FROM question JOIN build USING (build_id)
            WHERE question_id::text = split_part(_message.dedupe_key, ':', 3)
              AND answer IS NULL AND waits_until IS NOT NULL)
        WHEN _message.kind = 'budget' THEN EXISTS (
            SELECT FROM build
            WHERE coalesce(retry_request_id, request_id) = _message.request_id
              AND status = 'stopped' AND failure IS NOT NULL)
        WHEN _message.kind = 'failed' THEN NOT EXISTS (
            SELECT FROM build
            WHERE _message.request_id IN (request_id, retry_request_id)
              AND (status IN ('queued', 'running', 'completed')
                   OR coalesce(retry_request_id, request_id) <> _message.request_id))
        WHEN _message.kind = 'reply' THEN NOT EXISTS (
            SELECT FROM request AS later
            JOIN request AS ours ON ours.request_id = _message.request_id
            WHERE later.user_id = _message.user_id AND later.accepted_at > ours.accepted_at)
        ELSE true END
$$;

-- Whoever attempts it again answers for it from then on.
CREATE FUNCTION attempt_what_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_owed := false;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_what_is_owed BEFORE UPDATE OF state ON outbox
    FOR EACH ROW WHEN (OLD.is_owed AND NEW.state NOT IN ('queued', 'failed'))
    EXECUTE FUNCTION attempt_what_is_owed();

-- A person whose message was read can be reached. That is later than when it came in, so that
-- nobody who wants no more messages gets one for saying so. A row that is locked is being sent.
CREATE FUNCTION send_what_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox
    SET state = 'queued', not_before = NULL, finished_at = NULL,
        provider_sid = NULL, provider_status = NULL, sent_at = NULL
    WHERE id IN (SELECT id FROM outbox
                 WHERE user_id = NEW.user_id AND is_owed AND state IN ('queued', 'failed')
                 ORDER BY id FOR UPDATE SKIP LOCKED)
      AND NOT EXISTS (SELECT FROM contact
                      WHERE user_id = NEW.user_id AND suppressed_at IS NOT NULL);
    IF FOUND THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || NEW.user_id,
                            jsonb_build_object('user_id', NEW.user_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER send_what_is_owed AFTER UPDATE OF request_type ON request
    FOR EACH ROW WHEN (OLD.request_type IS NULL AND NEW.request_type IS NOT NULL)
    EXECUTE FUNCTION send_what_is_owed();

-- Sends this person nothing more; what is on its way cannot be called back.
CREATE OR REPLACE FUNCTION suppress_contact(_user_id text, _reason text)
RETURNS void LANGUAGE sql AS $$
    UPDATE contact SET suppressed_at = coalesce(suppressed_at, now()), suppressed_reason = _reason
    WHERE user_id = _user_id AND suppressed_reason IS DISTINCT FROM 'opted_out';
    UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
    WHERE user_id = _user_id
      AND (state IN ('queued', 'waiting_for_window') OR state = 'failed' AND is_owed);
$$;

-- What follows from a failure that Twilio reports after it took the message in:
-- {"kind": "resend" or "owe", "first": seconds, "longest": seconds, "attempts": n}, "suppress" or
-- "window".
CREATE OR REPLACE FUNCTION recover_message(_id bigint, _recovery jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _message outbox;
    _seconds float8;
    _owes    boolean := _recovery ->> 'kind' = 'owe';
BEGIN
    SELECT * INTO STRICT _message FROM outbox WHERE id = _id;
    IF _recovery ->> 'kind' = 'suppress' THEN
        UPDATE outbox SET state = 'suppressed' WHERE id = _id;
        PERFORM suppress_contact(_message.user_id, 'blocked');
        RETURN;
    END IF;
    IF _owes AND (NOT is_worth_repeating(_message)
                  OR EXISTS (SELECT FROM contact WHERE user_id = _message.user_id
                                                   AND suppressed_at IS NOT NULL)) THEN
        RETURN;
    END IF;
    IF _owes AND _message.attempts >= (_recovery ->> 'attempts')::int THEN
        INSERT INTO former_sid (provider_sid, outbox_id) VALUES (_message.provider_sid, _id);
        UPDATE outbox SET is_owed = true WHERE id = _id;
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
        not_before = now() + _seconds * interval '1 s', is_owed = _owes,
        provider_sid = NULL, provider_status = NULL, sent_at = NULL, finished_at = NULL
    WHERE id = _id;
    PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _message.user_id,
                        jsonb_build_object('user_id', _message.user_id),
                        now() + _seconds * interval '1 s');
END $$;

-- A message that was given up and arrived after all is owed no more; also while it waits for its
-- next attempt. One that is under way again cannot be called back.
CREATE FUNCTION note_late_arrival(_provider_sid text, _status text)
RETURNS text LANGUAGE sql AS $$
    UPDATE outbox
    SET state = _status, provider_sid = _provider_sid, provider_status = _status,
        finished_at = now(), not_before = NULL, error_code = NULL, error_message = NULL
    WHERE _status IN ('delivered', 'read') AND is_owed AND state IN ('queued', 'failed')
      AND id = (SELECT outbox_id FROM former_sid WHERE provider_sid = _provider_sid)
    RETURNING state
$$;
