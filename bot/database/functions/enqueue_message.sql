-- Queues a message of one or more parts and wakes the recipient's sender; choices go with the last
-- part, media with the first. To users who want none it is noted as suppressed; their sender closes
-- the request if that has ended, as everybody's does.
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
    -- As a whole: said anew it may have more parts than it had.
    IF EXISTS (SELECT FROM outbox WHERE dedupe_key = _dedupe_key) THEN
        RETURN false;
    END IF;
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
    ORDER BY part;
    PERFORM enqueue_sender(_user_id);
    RETURN true;
END $$;
