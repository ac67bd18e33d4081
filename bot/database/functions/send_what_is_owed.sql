-- A user whose message was read can be reached: what is owed to them is sent, also the goodbye to who
-- they were before. A row that is locked is being sent already. What may be out is looked for first.
CREATE OR REPLACE FUNCTION send_what_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    _owed_to text;
BEGIN
    FOR _owed_to IN
        SELECT NEW.user_id
        UNION ALL
        SELECT former.user_id FROM contact JOIN contact AS former USING (address_key)
        WHERE contact.user_id = NEW.user_id AND former.forgotten_request_id IS NOT NULL
    LOOP
        UPDATE outbox
        SET state = CASE WHEN may_be_out THEN 'uncertain' ELSE 'queued' END, not_before = NULL, finished_at = NULL,
            provider_sid = NULL, provider_status = NULL, sent_at = NULL
        WHERE id IN (SELECT id FROM outbox
                     WHERE user_id = _owed_to AND is_owed AND state IN ('queued', 'failed')
                     ORDER BY id FOR UPDATE SKIP LOCKED)
          AND NOT EXISTS (SELECT FROM contact
                          WHERE user_id IN (NEW.user_id, _owed_to) AND suppressed_at IS NOT NULL);
        IF FOUND THEN
            PERFORM enqueue_sender(_owed_to);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
