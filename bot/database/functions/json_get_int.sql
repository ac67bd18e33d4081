-- Logfire's way into JSON: the number at a path, cut to a whole one; NULL if there is none.
CREATE OR REPLACE FUNCTION json_get_int(jsonb, VARIADIC text[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'number' THEN trunc(($1 #>> $2)::numeric)::bigint END
$$;
