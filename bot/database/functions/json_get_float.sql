-- Logfire's way into JSON: the number at a path, NULL if there is none.
CREATE OR REPLACE FUNCTION json_get_float(jsonb, VARIADIC text[]) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'number' THEN ($1 #>> $2)::double precision END
$$;
