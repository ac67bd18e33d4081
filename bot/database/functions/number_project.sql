-- Gives a project the next number of its user; one of their own, too, for what comes to them from
-- another id.
CREATE OR REPLACE FUNCTION number_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('projects:' || NEW.user_id, 0));
    SELECT coalesce(max(shelf_number), 0) + 1 INTO NEW.shelf_number FROM project
    WHERE user_id = NEW.user_id;
    RETURN NEW;
END $$;
