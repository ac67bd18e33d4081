-- What comes back after it waited for its user, or after it was given up, is due only now.
CREATE OR REPLACE FUNCTION note_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.due_since := now();
    RETURN NEW;
END $$;
