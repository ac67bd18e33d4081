-- Logfire's way into JSON: how many values an array or an object has; NULL for anything else.
CREATE OR REPLACE FUNCTION json_length(jsonb, VARIADIC text[] DEFAULT '{}') RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE jsonb_typeof($1 #> $2)
               WHEN 'array' THEN jsonb_array_length($1 #> $2)
               WHEN 'object' THEN (SELECT count(*) FROM jsonb_object_keys($1 #> $2)) END
$$;
