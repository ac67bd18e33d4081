-- Gives the query function to the reading role, which may read the views and nothing else. False
-- if that takes rights that we lack (CREATEROLE); then queries are refused until an administrator
-- has made the role and granted it to us, and this was called again.
CREATE OR REPLACE FUNCTION telemetry.admit_reader() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'textcrew_reader') THEN
        BEGIN
            CREATE ROLE textcrew_reader NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server was first
        END;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            EXECUTE format('GRANT textcrew_reader TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;  -- an administrator may have granted it already
        END;
    END IF;
    GRANT SELECT ON records_all, records, metrics, spans TO textcrew_reader;
    GRANT USAGE, CREATE ON SCHEMA telemetry TO textcrew_reader;
    ALTER FUNCTION telemetry.query(text, int, int) OWNER TO textcrew_reader;
    EXECUTE format('GRANT EXECUTE ON FUNCTION telemetry.query(text, int, int) TO %I', current_user);
    REVOKE ALL ON SCHEMA telemetry FROM textcrew_reader;
    RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN false;
END $$;
