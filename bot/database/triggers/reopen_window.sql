-- When somebody writes to whom not everything could be sent.
CREATE OR REPLACE TRIGGER reopen_window BEFORE UPDATE OF last_inbound_at ON contact
    FOR EACH ROW WHEN (OLD.window_closed_at IS NOT NULL
                       OR OLD.suppressed_reason IN ('blocked', 'moved'))
    EXECUTE FUNCTION reopen_window();
