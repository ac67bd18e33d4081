-- name: tell_time
-- The time that decides.
SELECT now();
