-- From when on a query may see records. Set for the transaction by who runs it; unset, everything.
CREATE OR REPLACE FUNCTION telemetry.min_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('telemetry.min_timestamp', true), ''),
                    '-infinity')::timestamptz
$$;
