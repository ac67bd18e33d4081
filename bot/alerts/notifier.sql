-- name: lock_alert
-- Lets one watcher at a time look at an alert and tell of it.
SELECT pg_advisory_xact_lock(hashtextextended('alert:' || %(name)s, 0));

-- name: list_told_by
-- The channels that have told that the alert fires, and not yet that it has recovered.
SELECT channel FROM alert_told_by WHERE name = %(name)s ORDER BY channel;

-- name: note_alert_told
-- A channel tells that the alert fires.
WITH told AS (
    INSERT INTO alert_told_by (name, channel) VALUES (%(name)s, %(channel)s)
)
INSERT INTO alert_told (name) VALUES (%(name)s) ON CONFLICT (name) DO NOTHING;

-- name: note_recovered
-- A channel tells that the alert has recovered; the first one to do so says when.
WITH told AS (
    DELETE FROM alert_told_by WHERE name = %(name)s AND channel = %(channel)s
), over AS (
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
