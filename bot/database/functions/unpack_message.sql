-- Gives the texts that a message carries and has not brought back to the messages that they are,
-- which then stand as it does. What was queued waits to be packed anew, so that a sender that has
-- read it as it was cannot claim it.
CREATE OR REPLACE FUNCTION unpack_message(_id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _carrier outbox;
    _others  int;  -- characters
BEGIN
    SELECT * INTO _carrier FROM outbox
    WHERE id = _id AND carries
      AND (state IN ('queued', 'waiting_for_window') OR state = 'failed' AND is_owed)
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(sum(length(E'\n\n' || body)), 0) INTO _others
    FROM outbox WHERE carried_by = _id;
    UPDATE outbox
    SET carries = false, state = replace(state, 'queued', 'waiting_for_window'),
        -- The texts of the others follow its own, each after an empty line.
        body = left(body, length(body) - _others)
    WHERE id = _id;
    UPDATE outbox SET carried_by = NULL, is_owed = state = 'failed' WHERE carried_by = _id;
    IF _carrier.state = 'queued' THEN
        PERFORM enqueue_sender(_carrier.user_id);
    END IF;
END $$;
