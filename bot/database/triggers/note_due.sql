-- When a message that could not be sent is to be sent after all.
CREATE OR REPLACE TRIGGER note_due BEFORE UPDATE OF state ON outbox
    FOR EACH ROW WHEN (OLD.state IN ('waiting_for_window', 'failed')
                       AND NEW.state IN ('queued', 'sending', 'uncertain'))
    EXECUTE FUNCTION note_due();
