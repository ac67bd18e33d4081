-- What follows from a failure that Twilio reports after it took the message in:
-- {"kind": "resend" or "owe", "first": seconds, "longest": seconds, "attempts": n}, "suppress" or
-- "window".
--
-- What is owed waits without a job: one that is scheduled for later would keep all other messages
-- of its recipient waiting, because the jobs of a lock run in their order. The sweep that wakes
-- senders finds it when it is due. What is owed to one user comes in its order, the parts of a
-- message together, and what Twilio was too busy for twice, or until it was given up, is owed as
-- well.
CREATE OR REPLACE FUNCTION recover_message(_id bigint, _recovery jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _message outbox;
    _at      timestamptz;
    _kind    text := _recovery ->> 'kind';
    _is_owed boolean;
    _lets_pass boolean;
BEGIN
    SELECT * INTO STRICT _message FROM outbox WHERE id = _id;
    IF _kind = 'suppress' THEN
        UPDATE outbox SET state = 'suppressed' WHERE id = _id;
        PERFORM suppress_contact(_message.user_id, 'blocked');
        RETURN;
    END IF;
    _lets_pass := _kind = 'resend' AND _message.attempts >= 2;
    _is_owed := is_worth_repeating(_message)
        AND NOT EXISTS (SELECT FROM contact
                        WHERE user_id = _message.user_id AND suppressed_at IS NOT NULL);
    IF _kind = 'owe' AND NOT _is_owed THEN
        RETURN;
    END IF;
    -- Given up: its id is kept only if it will be sent again.
    IF _kind IN ('owe', 'resend') AND _message.attempts >= (_recovery ->> 'attempts')::int THEN
        IF _is_owed THEN
            INSERT INTO former_sid (provider_sid, outbox_id, error_code)
            VALUES (_message.provider_sid, _id, _message.error_code);
            UPDATE outbox SET is_owed = true WHERE id = _id;
        END IF;
        RETURN;
    END IF;
    INSERT INTO former_sid (provider_sid, outbox_id, error_code)
    VALUES (_message.provider_sid, _id, _message.error_code);
    IF _kind = 'window' THEN
        _at := now();
        UPDATE contact SET window_closed_at = now()
        WHERE user_id = _message.user_id AND last_inbound_at < _message.attempted_at;
    ELSE
        _at := now() + (0.5 + random() / 2) * interval '1 s'
                       * least((_recovery ->> 'longest')::float8,
                               (_recovery ->> 'first')::float8
                               * 2 ^ least(_message.attempts - 1, 30));
    END IF;
    IF _kind = 'owe' THEN
        SELECT greatest(_at, max(not_before)) INTO _at FROM outbox
        WHERE user_id = _message.user_id AND id < _id AND is_owed AND state = 'queued';
        UPDATE outbox SET not_before = _at
        WHERE user_id = _message.user_id AND id > _id AND is_owed AND state = 'queued'
          AND not_before < _at;
    END IF;
    UPDATE outbox
    SET state = CASE WHEN _kind = 'window' THEN 'waiting_for_window' ELSE 'queued' END,
        not_before = _at, is_owed = _kind = 'owe' OR _lets_pass,
        provider_sid = NULL, provider_status = NULL, sent_at = NULL, finished_at = NULL
    WHERE id = _id;
    IF _kind = 'owe' OR _lets_pass THEN
        PERFORM hold_following_parts(_id, _at);
    END IF;
    IF _lets_pass THEN
        PERFORM enqueue_job('delivery', 'wake_sender', 'message:' || _id,
                            jsonb_build_object('outbox_id', _id), _at);
    ELSIF _kind <> 'owe' THEN
        PERFORM enqueue_sender(_message.user_id, _at);
    END IF;
END $$;
