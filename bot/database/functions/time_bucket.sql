-- Logfire's name for the beginning of the interval that a moment falls into.
CREATE OR REPLACE FUNCTION time_bucket(interval, timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT date_bin($1, $2, '2000-01-03 00:00:00+00')
$$;
