-- When a message was read: later than when it came in, so that nobody who wants no more messages
-- gets one for saying so.
CREATE OR REPLACE TRIGGER send_what_is_owed AFTER UPDATE OF request_type ON request
    FOR EACH ROW WHEN (OLD.request_type IS NULL AND NEW.request_type IS NOT NULL)
    EXECUTE FUNCTION send_what_is_owed();
