-- name: begin_pause
-- Stops the intake or the sending, unless it is stopped already.
INSERT INTO pause (what, operator, reason) VALUES (%(what)s, %(operator)s, %(reason)s)
ON CONFLICT DO NOTHING;

-- name: end_pause
-- Lets it go on.
DELETE FROM pause WHERE what = %(what)s RETURNING since;

-- name: list_pauses
-- What is stopped now.
SELECT what, since, operator, reason FROM pause ORDER BY what;
