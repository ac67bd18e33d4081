-- When something happens to a message that carries the texts of others.
CREATE OR REPLACE TRIGGER share_fate AFTER UPDATE OF state ON outbox
    FOR EACH ROW WHEN (NEW.carries)
    EXECUTE FUNCTION share_fate();
