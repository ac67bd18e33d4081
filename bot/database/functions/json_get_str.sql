-- Logfire's way into JSON: the text at a path, NULL if there is none.
CREATE OR REPLACE FUNCTION json_get_str(jsonb, VARIADIC text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof($1 #> $2) = 'string' THEN $1 #>> $2 END
$$;
