-- name: lock_alert
-- Lets one watcher at a time look at an alert and tell of it.
SELECT pg_advisory_xact_lock(hashtextextended('alert:' || %(name)s, 0));

-- name: find_told
-- Whether it was told that the alert fires.
SELECT fired_at FROM alert_told WHERE name = %(name)s;

-- name: note_told
-- It was told that the alert fires.
INSERT INTO alert_told (name) VALUES (%(name)s);

-- name: forget_told
-- It was told that the alert has recovered.
DELETE FROM alert_told WHERE name = %(name)s;
