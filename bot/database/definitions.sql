-- name: leave_bodies_unchecked
-- Until the end of the transaction: a function may be created before those that it calls.
SET LOCAL check_function_bodies = off;

-- name: list_functions
-- Functions of our schemas by the names of their files, written so that each can be dropped.
SELECT CASE WHEN nspname = current_schema() THEN proname ELSE nspname || '.' || proname END,
       array_agg(pg_proc.oid::regprocedure::text)
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE nspname IN (current_schema(), 'telemetry')
GROUP BY 1;
