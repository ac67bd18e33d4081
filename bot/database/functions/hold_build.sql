-- Locks the row of a build if the run still owns it, for the caller's transaction: NULL if not, else
-- whether its user has asked for changes that nobody has read. Who asks for one holds the row, too.
CREATE OR REPLACE FUNCTION hold_build(_build_id uuid, _owner uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM build
    WHERE build_id = _build_id AND owner = _owner AND status = 'running'
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN EXISTS (SELECT FROM change_request
                   WHERE build_id = _build_id AND applied_at IS NULL);
END $$;
