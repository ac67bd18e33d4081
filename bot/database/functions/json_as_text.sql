-- Logfire's way into JSON: whatever is at a path, as text.
CREATE OR REPLACE FUNCTION json_as_text(jsonb, VARIADIC text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 #>> $2
$$;
