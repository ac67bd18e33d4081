-- name: find_last_heartbeat
-- Seconds since any worker's last sign of life; NULL without a worker.
SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers;

-- name: limit_trial
-- How long the trial may take, in milliseconds; holds for the transaction.
SELECT set_config('statement_timeout', %(milliseconds)s::text, true);

-- name: try_writing
-- Writes a page; the caller takes it back.
INSERT INTO write_trial (filling) VALUES (repeat('x', 8000));
