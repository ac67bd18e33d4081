-- name: lock_migrations
-- Lets one process migrate at a time; the lock goes with the connection, however that ends.
SELECT pg_advisory_xact_lock(hashtextextended('textcrew migrations', 0));

-- name: newest_of_folder
-- As what the functions, views or triggers that the database has were recorded.
SELECT migration_id FROM _yoyo_migration WHERE starts_with(migration_id, %(folder)s || '.')
ORDER BY applied_at_utc DESC LIMIT 1;

-- name: forget
-- Lets a form of them be recorded once more: it is in force again after another one.
DELETE FROM _yoyo_migration WHERE migration_id = %(id)s;

-- name: admit_reader
-- Lets queries run as the role that may read records and nothing else, if our rights allow that.
SELECT telemetry.admit_reader();
