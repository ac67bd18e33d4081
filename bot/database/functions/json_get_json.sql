-- Logfire's way into JSON: whatever is at a path.
CREATE OR REPLACE FUNCTION json_get_json(jsonb, VARIADIC text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 #> $2
$$;
