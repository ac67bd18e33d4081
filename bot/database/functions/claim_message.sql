-- Takes a message for one attempt, and our number's next slot. No row: another sender was
-- faster, or an operator has just stopped all of them.
-- A `wait` without `attempts`: so many seconds until there are slots again.
CREATE OR REPLACE FUNCTION claim_message(
    _id bigint, _state text, _attempts int, _as_template boolean, _longest_wait float8,
    _per_second float8)
RETURNS TABLE (attempts int, wait float8) LANGUAGE plpgsql AS $$
DECLARE
    _now  timestamptz;
    _slot timestamptz;
    _gap  interval;
BEGIN
    wait := 0;
    IF _per_second > 0 THEN
        _gap := interval '1 s' / _per_second;
        SELECT next_at INTO _slot FROM sender_pace FOR UPDATE;
        _now := clock_timestamp();
        -- Nobody has been given a slot beyond the longest wait, unless the clock was set back since.
        IF _slot NOT BETWEEN _now AND _now + _longest_wait * interval '1 s' + _gap THEN
            _slot := _now;
        END IF;
        wait := extract(epoch FROM _slot - _now);
        IF wait > _longest_wait THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    UPDATE outbox
    SET state = 'sending', attempts = outbox.attempts + 1, attempted_at = now(),
        not_before = NULL, as_template = _as_template
    WHERE id = _id AND state = _state AND outbox.attempts = _attempts
      AND NOT is_paused('sending')
    RETURNING outbox.attempts INTO attempts;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE contact SET last_attempt_at = now()
    WHERE user_id = (SELECT user_id FROM outbox WHERE id = _id);
    IF _per_second > 0 THEN
        UPDATE sender_pace SET next_at = _slot + _gap;
    END IF;
    RETURN NEXT;
END $$;
