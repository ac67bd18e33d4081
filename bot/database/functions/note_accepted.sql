-- Twilio has taken a claimed message in; what it said of it meanwhile is applied as well.
-- Returns the message's state, or NULL if the claim was no longer ours.
CREATE OR REPLACE FUNCTION note_accepted(
    _id bigint, _attempts int, _provider_sid text, _status text)
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
    DELETE FROM early_status WHERE provider_sid = _provider_sid RETURNING * INTO _early;
    IF FOUND THEN
        PERFORM note_status(_early.provider_sid, _early.status, _early.error_code,
                            _early.error_message, _early.recovery);
    END IF;
    -- A failure is listed without its code, which decides what can be done: that comes with the
    -- callback, or when Twilio is asked what became of the message.
    IF _status NOT IN ('failed', 'undelivered', 'canceled') THEN
        PERFORM note_status(_provider_sid, _status, NULL, NULL);
    END IF;
    RETURN (SELECT state FROM outbox WHERE id = _id);
END $$;
