-- Applies what Twilio says of a message; keeps it aside if the message is not known yet.
-- Returns the message's state if it changed.
CREATE OR REPLACE FUNCTION note_status(
    _provider_sid text, _status text, _error_code int, _error_message text,
    _recovery jsonb DEFAULT NULL)
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
        read_at = CASE WHEN _status = 'read' THEN now() END,
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
