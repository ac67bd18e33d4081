-- Forgetting takes everything along that came to be known of people since 0022, gives back what
-- their calls had reserved, and can be asked for by those who want no messages.

-- Deletes everything of a person but the contact, and the request in which they confirmed it. What
-- the contact says is as if they had never written before.
CREATE OR REPLACE FUNCTION forget_person(_user_id text, _request_id uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM forget_jobs(ARRAY(SELECT 'project:' || project_id FROM project
                              WHERE user_id = _user_id), true);
    DELETE FROM project WHERE user_id = _user_id;
    DELETE FROM request WHERE user_id = _user_id AND request_id <> _request_id;
    DELETE FROM media WHERE user_id = _user_id;
    DELETE FROM attachment WHERE user_id = _user_id;
    DELETE FROM remembered WHERE user_id = _user_id;
    DELETE FROM doubt WHERE user_id = _user_id;
    DELETE FROM stop_order WHERE user_id = _user_id;
    UPDATE contact
    SET forget_asked_at = NULL, forgotten_request_id = _request_id,
        conversation_id = gen_random_uuid(), current_project_id = NULL,
        language = NULL, language_is_wished = false
    WHERE user_id = _user_id;
    PERFORM forget_budgets(_user_id);
END $$;

-- Deletes a person's accounts. A call that is under way counts as spent in the total, as one does
-- whose worker is gone: nobody will be there to say what it cost. Accounts are locked in the order
-- of `reserve_budget`; a reservation that is being settled meanwhile is left to that.
CREATE FUNCTION forget_budgets(_user_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM budget_account WHERE user_id = _user_id ORDER BY account FOR UPDATE;
    WITH ended AS (
        DELETE FROM budget_reservation
        WHERE reservation_id IN (
            SELECT reservation_id FROM budget_reservation
            WHERE EXISTS (SELECT FROM unnest(accounts) AS account
                          WHERE account LIKE 'user:' || _user_id || ':%')
            FOR UPDATE SKIP LOCKED)
        RETURNING accounts, amount
    ), by_day AS (
        SELECT account, sum(amount) AS amount
        FROM ended CROSS JOIN unnest(accounts) AS account
        WHERE account LIKE 'total:%' GROUP BY account
    )
    UPDATE budget_account AS total
    SET reserved = total.reserved - by_day.amount, spent = total.spent + by_day.amount
    FROM by_day WHERE total.account = by_day.account;
    DELETE FROM budget_account WHERE user_id = _user_id;
END $$;

-- What people hear who want no messages: the answers about that, and about being forgotten.
CREATE FUNCTION is_always_said(_kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT _kind IN ('opted_out', 'forget_asked', 'forget_declined', 'forgotten')
$$;

-- Queues a message of one or more parts and wakes the recipient's sender; choices go with the last
-- part, media with the first. To people who want none it is noted as suppressed.
-- Returns false when the same news was queued before.
CREATE OR REPLACE FUNCTION enqueue_message(
    _user_id text, _request_id uuid, _kind text, _dedupe_key text, _parts text[],
    _choices jsonb DEFAULT NULL, _media_id uuid DEFAULT NULL)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    _unwanted boolean;
BEGIN
    -- First of all, so that ids of one recipient are in the order of commits, parts side by side.
    PERFORM pg_advisory_xact_lock(hashtextextended('delivery:' || _user_id, 0));
    SELECT suppressed_at IS NOT NULL AND NOT is_always_said(_kind) INTO _unwanted
    FROM contact WHERE user_id = _user_id;
    INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, choices,
                        media_id, state, finished_at)
    SELECT _user_id, _request_id, _kind, _dedupe_key, part, cardinality(_parts), body,
           CASE WHEN part = cardinality(_parts) THEN _choices END,
           CASE WHEN part = 1 THEN _media_id END,
           CASE WHEN _unwanted THEN 'suppressed' ELSE 'queued' END,
           CASE WHEN _unwanted THEN now() END
    FROM unnest(_parts) WITH ORDINALITY AS piece (body, part)
    ORDER BY part
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF NOT _unwanted THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || _user_id,
                            jsonb_build_object('user_id', _user_id));
    END IF;
    RETURN true;
END $$;
