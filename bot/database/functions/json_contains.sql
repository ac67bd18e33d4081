-- Logfire's name for whether an object has a key.
CREATE OR REPLACE FUNCTION json_contains(jsonb, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 ? $2
$$;
