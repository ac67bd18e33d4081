-- Deletes what is left of the users whose goodbye is out. Returns how many there were.
CREATE OR REPLACE FUNCTION finish_forgetting() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    _user record;
    _finished int := 0;
BEGIN
    FOR _user IN
        SELECT user_id, forgotten_request_id AS request_id, lanes_of(user_id) AS locks
        FROM contact WHERE forgotten_request_id IS NOT NULL
    LOOP
        -- As intake does: who has just looked who writes finds that they are gone.
        PERFORM pg_advisory_xact_lock(hashtextextended('user:' || _user.user_id, 0));
        CONTINUE WHEN EXISTS (
            SELECT FROM outbox
            WHERE request_id = _user.request_id
              AND (state IN ('queued', 'sending', 'uncertain')
                   OR state = 'sent' AND sent_at > now() - interval '1 minute'));
        CONTINUE WHEN EXISTS (SELECT FROM procrastinate_jobs
                              WHERE lock = ANY (_user.locks) AND status = 'doing');
        DELETE FROM contact WHERE user_id = _user.user_id;
        PERFORM forget_jobs(_user.locks);
        _finished := _finished + 1;
    END LOOP;
    RETURN _finished;
END $$;
