-- name: begin_halt
-- Stops all sending, unless it is stopped already.
INSERT INTO sending_halt (error_code, reason) VALUES (%(error_code)s, %(reason)s)
ON CONFLICT DO NOTHING;

-- name: find_halt
-- The halt, if there is one.
SELECT since, error_code, reason FROM sending_halt;

-- name: is_halted
-- Whether nothing may be sent.
SELECT EXISTS (SELECT FROM sending_halt);

-- name: end_halt
-- Everybody may send again.
DELETE FROM sending_halt;
