-- name: lock_migrations
-- Lets one process migrate at a time; the lock goes with the connection, however that ends.
SELECT pg_advisory_xact_lock(hashtextextended('textcrew migrations', 0));

-- name: has_record
-- Tells whether anything was ever migrated here.
SELECT to_regclass('_yoyo_migration') IS NOT NULL;

-- name: applied_ids
-- Which migrations the database already has.
SELECT migration_id FROM _yoyo_migration;

-- name: admit_reader
-- Lets queries run as the role that may read records and nothing else, if our rights allow that.
SELECT telemetry.admit_reader();
