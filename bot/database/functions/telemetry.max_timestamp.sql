-- Until when a query may see records. Set for the transaction by who runs it; unset, everything.
CREATE OR REPLACE FUNCTION telemetry.max_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('telemetry.max_timestamp', true), ''),
                    'infinity')::timestamptz
$$;
