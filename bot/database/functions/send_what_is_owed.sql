-- A user whose message was read can be reached: what is owed to them is sent. A row that is
-- locked is being sent already.
CREATE OR REPLACE FUNCTION send_what_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox
    SET state = 'queued', not_before = NULL, finished_at = NULL,
        provider_sid = NULL, provider_status = NULL, sent_at = NULL
    WHERE id IN (SELECT id FROM outbox
                 WHERE user_id = NEW.user_id AND is_owed AND state IN ('queued', 'failed')
                 ORDER BY id FOR UPDATE SKIP LOCKED)
      AND NOT EXISTS (SELECT FROM contact
                      WHERE user_id = NEW.user_id AND suppressed_at IS NOT NULL);
    IF FOUND THEN
        PERFORM enqueue_job('delivery', 'deliver', 'delivery:' || NEW.user_id,
                            jsonb_build_object('user_id', NEW.user_id));
    END IF;
    RETURN NULL;
END $$;
