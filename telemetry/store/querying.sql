-- name: forbid_writing
-- Holds for the transaction; once anything was read in it, it cannot be taken back.
SET TRANSACTION READ ONLY;

-- name: is_reader_admitted
-- Tells whether the query function runs as the reading role, which is nobody else.
SELECT bool_and(rolname = 'textcrew_reader' AND NOT rolsuper AND NOT rolbypassrls)
FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
WHERE pg_proc.oid = to_regprocedure('telemetry.query(text, int, int)');

-- name: set_window
-- Says for the transaction what the views show, and how long the query may take.
SELECT set_config('telemetry.min_timestamp', %(min_timestamp)s, true),
       set_config('telemetry.max_timestamp', %(max_timestamp)s, true),
       set_config('telemetry.environments', coalesce(%(environments)s::text[]::text, ''), true),
       set_config('timezone', %(timezone)s, true),
       set_config('statement_timeout', %(time_limit)s, true);

-- name: name_types
-- Names types by their numbers.
SELECT DISTINCT oid, format_type(oid, NULL) FROM unnest(%(oids)s::oid[]) AS oid;

-- name: run_query
-- Runs the query; a row that is larger than a whole answer may be is cut, and so found to be.
SELECT left(answer, %(size_limit)s + 1)
FROM telemetry.query(%(query)s, %(width)s, %(limit)s) AS answer;
