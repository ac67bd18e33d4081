-- Takes a message for one attempt, and our number's next slot. No row: another sender was
-- faster, or an operator has just stopped all of them.
-- A `wait` without `attempts`: so many seconds until there are slots again.
CREATE OR REPLACE FUNCTION claim_message(
    _id bigint, _state text, _attempts int, _as_template boolean, _longest_wait float8,
    _per_second float8)
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
      AND NOT is_paused('sending')
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
