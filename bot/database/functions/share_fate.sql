-- Messages whose text another one carries share its fate.
CREATE OR REPLACE FUNCTION share_fate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outbox
    SET state = CASE WHEN NEW.state IN ('queued', 'sending', 'uncertain')
                     THEN 'waiting_for_window' ELSE NEW.state END,
        sent_at = NEW.sent_at, finished_at = NEW.finished_at, read_at = NEW.read_at,
        error_code = NEW.error_code, error_message = NEW.error_message
    WHERE carried_by = NEW.id;
    RETURN NULL;
END $$;
