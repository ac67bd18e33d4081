-- name: be_hasty
-- Lets the transaction not wait for the disk: a crash of the server may cost the last moment. It is
-- not said of the session, which a pooler gives to others afterwards.
SET LOCAL synchronous_commit = off;

-- name: make_day
-- Makes room for a day, unless there is.
SELECT telemetry.make_day(%(day)s);

-- name: copy_rows
-- Writes rows of one table.
COPY {table} ({columns}) FROM STDIN;

-- name: list_days
-- Which days are kept, of both tables.
SELECT child.relname AS name, to_date(right(child.relname, 8), 'YYYYMMDD') AS day
FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent IN ('telemetry.record'::regclass, 'telemetry.metric'::regclass)
ORDER BY day, name;

-- name: wait_little
-- Lets the removal of a day give way to queries that read it.
SET LOCAL lock_timeout = '2s';

-- name: drop_day
-- Removes one day of one table.
DROP TABLE {partition};
