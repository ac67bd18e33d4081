-- Logfire's name for whether an array holds a value.
CREATE OR REPLACE FUNCTION array_has(anycompatiblearray, anycompatible) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT $2 = ANY ($1)
$$;
