-- Makes one of two users who turn out to be the same; returns the id that stays, the earlier one.
-- What a job of the other one has begun fails at the missing contact and is tried again as theirs.
-- Neither is joined who is just being forgotten.
CREATE OR REPLACE FUNCTION join_users(_known text, _unnamed text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    _stays contact;
    _goes contact;
    _table text;
    _account text;
    _doubted uuid;
    _project uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || least(_known, _unnamed), 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('user:' || greatest(_known, _unnamed), 0));
    SELECT * INTO _stays FROM contact WHERE user_id IN (_known, _unnamed)
    ORDER BY first_inbound_at, user_id LIMIT 1 FOR UPDATE;
    SELECT * INTO _goes FROM contact
    WHERE user_id IN (_known, _unnamed) AND user_id <> _stays.user_id FOR UPDATE;
    IF NOT FOUND OR _stays.forgotten_request_id IS NOT NULL
       OR _goes.forgotten_request_id IS NOT NULL THEN
        RETURN _known;
    END IF;

    -- What there is one of: the later one, the stricter one.
    DELETE FROM remembered AS twice USING remembered AS kept
    WHERE twice.user_id = _goes.user_id AND kept.user_id = _stays.user_id
      AND md5(lower(twice.fact)) = md5(lower(kept.fact));
    DELETE FROM doubt USING doubt AS other
    WHERE doubt.user_id IN (_stays.user_id, _goes.user_id)
      AND other.user_id IN (_stays.user_id, _goes.user_id)
      AND (doubt.asked_at, doubt.user_id) < (other.asked_at, other.user_id);
    DELETE FROM stop_order USING stop_order AS other
    WHERE stop_order.user_id IN (_stays.user_id, _goes.user_id)
      AND other.user_id IN (_stays.user_id, _goes.user_id)
      AND (stop_order.said_at, stop_order.user_id) < (other.said_at, other.user_id);
    INSERT INTO user_address (address_key, user_id, is_number, held_since)
    SELECT address_key, _stays.user_id, is_number, held_since FROM user_address
    WHERE user_id = _goes.user_id
    ON CONFLICT (address_key, user_id) DO UPDATE
        SET held_since = least(user_address.held_since, excluded.held_since);

    -- Apps come behind those that are there, in their order, and what is in doubt is of the same app
    -- as before.
    SELECT project_id INTO _doubted FROM doubt JOIN project USING (user_id)
    WHERE user_id = _goes.user_id AND shelf_number = doubt.project;
    FOR _project IN
        SELECT project_id FROM project WHERE user_id = _goes.user_id ORDER BY shelf_number
    LOOP
        UPDATE project SET user_id = _stays.user_id WHERE project_id = _project;
    END LOOP;
    UPDATE doubt SET project = shelf_number FROM project
    WHERE doubt.user_id = _goes.user_id AND project_id = _doubted;

    -- One allowance of a day, with what both have spent of it. Accounts are locked in their order.
    FOR _account IN SELECT account FROM budget_account WHERE user_id = _goes.user_id ORDER BY account
    LOOP
        PERFORM move_account(_account, replace(_account, _goes.user_id, _stays.user_id),
                             _stays.user_id);
    END LOOP;

    -- All the rest, in whatever table it is.
    FOR _table IN
        SELECT table_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND column_name = 'user_id' AND table_type = 'BASE TABLE'
          AND table_name NOT IN ('contact', 'user_address', 'budget_account', 'project')
    LOOP
        EXECUTE format('UPDATE %I SET user_id = $1 WHERE user_id = $2', _table)
        USING _stays.user_id, _goes.user_id;
    END LOOP;

    -- Jobs wait behind the others of the user, and are forgotten with them. Of two that are at
    -- work on the same, one keeps its lock.
    PERFORM move_jobs(_goes.user_id, _stays.user_id, false);
    BEGIN
        PERFORM move_jobs(_goes.user_id, _stays.user_id, true);
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    DELETE FROM contact WHERE user_id = _goes.user_id;
    UPDATE contact
    SET last_inbound_at = greatest(_stays.last_inbound_at, _goes.last_inbound_at),
        last_attempt_at = greatest(_stays.last_attempt_at, _goes.last_attempt_at),
        address_encrypted = _goes.address_encrypted,
        address_key = coalesce(_goes.address_key, _stays.address_key),
        current_project_id = coalesce(_goes.current_project_id, _stays.current_project_id),
        forget_asked_at = greatest(_stays.forget_asked_at, _goes.forget_asked_at),
        language = CASE WHEN _stays.language_is_requested AND NOT _goes.language_is_requested
                        THEN _stays.language ELSE coalesce(_goes.language, _stays.language) END,
        language_is_requested = _stays.language_is_requested OR _goes.language_is_requested
    WHERE user_id = _stays.user_id;
    IF _goes.suppressed_reason = 'opted_out' THEN
        PERFORM suppress_contact(_stays.user_id, 'opted_out');
    ELSIF _stays.suppressed_reason = 'opted_out' THEN
        UPDATE outbox SET state = 'suppressed', finished_at = now(), not_before = NULL
        WHERE user_id = _stays.user_id AND state IN ('queued', 'waiting_for_window');
    END IF;
    IF EXISTS (SELECT FROM outbox
               WHERE user_id = _stays.user_id AND state IN ('queued', 'sending', 'uncertain')) THEN
        PERFORM enqueue_sender(_stays.user_id);
    END IF;
    RETURN _stays.user_id;
END $$;
