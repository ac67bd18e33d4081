-- name: forbid_writing
-- Holds for the transaction; once anything was read in it, it cannot be taken back.
SET TRANSACTION READ ONLY;

-- name: is_reader_admitted
-- Tells whether the query function runs as the reading role, which is nobody else.
SELECT bool_and(rolname = 'textcrew_reader' AND NOT rolsuper AND NOT rolbypassrls)
FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
WHERE pg_proc.oid = to_regprocedure('telemetry.query(text, int, int)');

-- name: take_turn
-- Tells whether no other query of this reader runs, and is the one that does until the transaction
-- ends: it does not end before the server has put down a query that nobody waits for any more. The
-- query cannot give up a lock of the transaction.
SELECT pg_try_advisory_xact_lock(hashtextextended('query of ' || %(reader)s, 0));

-- name: set_window
-- Says for the transaction what the views show, how long the query may take, and how many bytes its
-- answer may have.
SELECT set_config('telemetry.min_timestamp', %(min_timestamp)s, true),
       set_config('telemetry.max_timestamp', %(max_timestamp)s, true),
       set_config('telemetry.environments', coalesce(%(environments)s::text[]::text, ''), true),
       set_config('telemetry.size_limit', %(size_limit)s, true),
       set_config('timezone', %(timezone)s, true),
       set_config('statement_timeout', %(time_limit)s, true);

-- name: name_types
-- Names types by their numbers.
SELECT DISTINCT oid, format_type(oid, NULL) FROM unnest(%(oids)s::oid[]) AS oid;

-- name: run_query
-- Runs the query.
SELECT answer FROM telemetry.query(%(query)s, %(width)s, %(limit)s) AS answer;
