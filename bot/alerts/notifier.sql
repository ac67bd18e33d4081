-- name: lock_alert
-- Lets one watcher at a time look at an alert and tell of it.
SELECT pg_advisory_xact_lock(hashtextextended('alert:' || %(name)s, 0));

-- name: find_told
-- Whether it was told that the alert fires.
SELECT fired_at FROM alert_told WHERE name = %(name)s;

-- name: note_told
-- It was told that the alert fires.
INSERT INTO alert_told (name) VALUES (%(name)s);

-- name: note_recovered
-- It was told that the alert has recovered.
WITH over AS (
    DELETE FROM alert_told WHERE name = %(name)s RETURNING name, fired_at
)
INSERT INTO alert_recovered (name, fired_at) SELECT name, fired_at FROM over
ON CONFLICT (name) DO UPDATE SET fired_at = excluded.fired_at, recovered_at = now();

-- name: list_told
-- When each alert has begun to fire the last time that it was told, and when it has recovered.
SELECT name, fired_at, NULL::timestamptz AS recovered_at FROM alert_told
UNION ALL
SELECT name, fired_at, recovered_at FROM alert_recovered
WHERE NOT EXISTS (SELECT FROM alert_told WHERE alert_told.name = alert_recovered.name);
