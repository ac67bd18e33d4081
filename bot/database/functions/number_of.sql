-- How many rows there are of which so many were counted: beyond ten thousand about as many as their
-- index had when it was last looked through.
CREATE OR REPLACE FUNCTION number_of(_index text, _counted bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN _counted <= 10000 THEN _counted
                ELSE greatest(_counted, reltuples::bigint) END
    FROM pg_class WHERE oid = _index::regclass
$$;
