-- When a message that is owed is taken up.
CREATE OR REPLACE TRIGGER attempt_what_is_owed BEFORE UPDATE OF state ON outbox
    FOR EACH ROW WHEN (OLD.is_owed AND NEW.state NOT IN ('queued', 'failed'))
    EXECUTE FUNCTION attempt_what_is_owed();
