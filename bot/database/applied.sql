-- name: has_record
-- Tells whether anything was ever migrated here.
SELECT to_regclass('_yoyo_migration') IS NOT NULL;

-- name: applied_ids
-- Which migrations the database already has.
SELECT migration_id FROM _yoyo_migration;
