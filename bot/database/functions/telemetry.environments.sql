-- Of which environments a query may see records. Set for the transaction by who runs it; NULL when
-- unset: of all.
CREATE OR REPLACE FUNCTION telemetry.environments() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('telemetry.environments', true), '')::text[]
$$;
