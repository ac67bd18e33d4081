-- Whoever attempts a message that is owed answers for it from then on.
CREATE OR REPLACE FUNCTION attempt_what_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_owed := false;
    RETURN NEW;
END $$;
