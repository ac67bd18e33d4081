-- name: find_last_heartbeat
-- Seconds since any worker's last sign of life; NULL without a worker.
SELECT extract(epoch FROM now() - max(last_heartbeat))::float FROM procrastinate_workers;

-- name: find_neglected_queues
-- Queues whose jobs could run for longer than `silence` seconds while none of theirs does: no
-- worker takes them. What an operator's pause holds back, or did until then, is not neglected, nor
-- what waits behind an earlier job of its lock, which may be due later: only that one could run.
SELECT DISTINCT queue_name FROM procrastinate_jobs AS job
WHERE status = 'todo'
  AND NOT (queue_name IN ('conversation', 'held')
           AND was_paused('intake', %(silence)s * interval '1 s'))
  AND greatest(scheduled_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id))
      < now() - %(silence)s * interval '1 s'
  AND NOT EXISTS (SELECT FROM procrastinate_jobs AS running
                  WHERE running.status = 'doing'
                    AND (running.queue_name = job.queue_name OR running.lock = job.lock))
  AND NOT EXISTS (SELECT FROM procrastinate_jobs AS earlier
                  WHERE earlier.status = 'todo' AND earlier.lock = job.lock AND earlier.id < job.id)
ORDER BY queue_name;

-- name: limit_trial
-- How long the trial may take, in milliseconds; holds for the transaction.
SELECT set_config('statement_timeout', %(milliseconds)s::text, true);

-- name: try_writing
-- Writes a page; the caller takes it back.
INSERT INTO write_trial (filling) VALUES (repeat('x', 8000));
