-- "Forget me": asked, confirmed, and done in two steps, because the goodbye needs an address.

ALTER TABLE contact
    ADD COLUMN forget_asked_at      timestamptz,     -- they may confirm for a while
    ADD COLUMN forgotten_request_id uuid;            -- all but this request is deleted already

-- Deletes the traces that a person's jobs have left in the queue; those at work are left alone.
CREATE FUNCTION forget_jobs(_locks text[], _with_waiting boolean)
RETURNS void LANGUAGE sql AS $$
    DELETE FROM procrastinate_jobs
    WHERE lock = ANY (_locks) AND status <> 'doing' AND (_with_waiting OR status <> 'todo');
$$;

-- Deletes everything of a person but the contact, and the request in which they confirmed it.
CREATE FUNCTION forget_person(_user_id text, _request_id uuid)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM forget_jobs(ARRAY(SELECT 'project:' || project_id FROM project
                              WHERE user_id = _user_id), true);
    DELETE FROM project WHERE user_id = _user_id;
    DELETE FROM request WHERE user_id = _user_id AND request_id <> _request_id;
    DELETE FROM media WHERE user_id = _user_id;
    DELETE FROM budget_account WHERE user_id = _user_id;
    DELETE FROM budget_reservation
    WHERE EXISTS (SELECT FROM unnest(accounts) AS account
                  WHERE account LIKE 'user:' || _user_id || ':%');
    UPDATE contact SET forget_asked_at = NULL, forgotten_request_id = _request_id
    WHERE user_id = _user_id;
END $$;

-- Deletes what is left of the people whose goodbye is out: the contact as well, unless they have
-- written again, which makes them somebody new. Returns how many there were.
CREATE FUNCTION finish_forgetting() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    _person record;
    _finished int := 0;
BEGIN
    FOR _person IN
        SELECT user_id, forgotten_request_id AS request_id, ARRAY['user:' || user_id,
                                                                 'delivery:' || user_id] AS locks
        FROM contact WHERE forgotten_request_id IS NOT NULL
    LOOP
        -- As intake does, so that no message of theirs arrives meanwhile.
        PERFORM pg_advisory_xact_lock(hashtextextended('user:' || _person.user_id, 0));
        CONTINUE WHEN EXISTS (
            SELECT FROM outbox
            WHERE request_id = _person.request_id
              AND (state IN ('queued', 'sending', 'uncertain')
                   OR state = 'sent' AND sent_at > now() - interval '1 minute')
              AND created_at > now() - interval '1 day');
        CONTINUE WHEN EXISTS (SELECT FROM procrastinate_jobs
                              WHERE lock = ANY (_person.locks) AND status = 'doing');
        IF EXISTS (SELECT FROM request
                   WHERE user_id = _person.user_id AND request_id <> _person.request_id) THEN
            DELETE FROM request WHERE request_id = _person.request_id;
            UPDATE contact SET forgotten_request_id = NULL WHERE user_id = _person.user_id;
            PERFORM forget_jobs(_person.locks, false);
        ELSE
            DELETE FROM contact WHERE user_id = _person.user_id;
            PERFORM forget_jobs(_person.locks, true);
        END IF;
        _finished := _finished + 1;
    END LOOP;
    RETURN _finished;
END $$;
