-- name: find_last_heartbeat
-- Seconds since any worker's last sign of life; NULL without a worker.
SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers;
