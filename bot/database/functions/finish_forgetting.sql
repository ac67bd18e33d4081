-- Deletes what is left of the users whose goodbye is out: the contact as well, unless they have
-- written again, which makes them somebody new. Returns how many there were.
CREATE OR REPLACE FUNCTION finish_forgetting() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    _user record;
    _finished int := 0;
BEGIN
    FOR _user IN
        SELECT user_id, forgotten_request_id AS request_id, lanes_of(user_id) AS locks
        FROM contact WHERE forgotten_request_id IS NOT NULL
    LOOP
        -- As intake does, so that no message of theirs arrives meanwhile.
        PERFORM pg_advisory_xact_lock(hashtextextended('user:' || _user.user_id, 0));
        CONTINUE WHEN EXISTS (
            SELECT FROM outbox
            WHERE request_id = _user.request_id
              AND (state IN ('queued', 'sending', 'uncertain')
                   OR state = 'sent' AND sent_at > now() - interval '1 minute'));
        CONTINUE WHEN EXISTS (SELECT FROM procrastinate_jobs
                              WHERE lock = ANY (_user.locks) AND status = 'doing');
        IF EXISTS (SELECT FROM request
                   WHERE user_id = _user.user_id AND request_id <> _user.request_id) THEN
            DELETE FROM request WHERE request_id = _user.request_id;
            UPDATE contact SET forgotten_request_id = NULL WHERE user_id = _user.user_id;
            PERFORM forget_jobs(_user.locks, false);
        ELSE
            DELETE FROM contact WHERE user_id = _user.user_id;
            PERFORM forget_jobs(_user.locks, true);
        END IF;
        _finished := _finished + 1;
    END LOOP;
    RETURN _finished;
END $$;
