-- Logfire's way into JSON: the boolean at a path, NULL if there is none.
CREATE OR REPLACE FUNCTION json_get_bool(jsonb, VARIADIC text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'boolean' THEN ($1 #>> $2)::boolean END
$$;
