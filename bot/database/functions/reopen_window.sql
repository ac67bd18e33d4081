-- A user who writes opens the window, has not blocked us (any more), and can be reached over the
-- address that they write from.
CREATE OR REPLACE FUNCTION reopen_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.window_closed_at := NULL;
    IF NEW.suppressed_reason IN ('blocked', 'moved') THEN
        NEW.suppressed_at := NULL;
        NEW.suppressed_reason := NULL;
    END IF;
    IF EXISTS (SELECT FROM outbox WHERE user_id = NEW.user_id AND state = 'waiting_for_window') THEN
        PERFORM enqueue_sender(NEW.user_id);
    END IF;
    RETURN NEW;
END $$;
