-- name: wake_senders
-- Queues the sender's job for users whose messages are due, or who have a request that ended and
-- that nobody has closed although its messages are out, and who have no such job.
SELECT count(enqueue_sender(user_id))
FROM (SELECT user_id FROM outbox
      WHERE state IN ('queued', 'sending', 'uncertain')
        AND greatest(created_at, attempted_at, not_before)
            <= now() - %(idle_seconds)s * interval '1 s'
        AND NOT EXISTS (SELECT FROM sending_halt) AND NOT is_paused('sending')
      UNION
      SELECT user_id FROM request
      WHERE closed_at IS NULL AND work_ended_at <= now() - %(idle_seconds)s * interval '1 s'
        AND NOT EXISTS (SELECT FROM outbox
                        WHERE outbox.request_id = request.request_id
                          AND outbox.state IN ('queued', 'sending', 'uncertain')
                          AND NOT outbox.is_owed)
        AND NOT is_spending(request_id)) AS waiting
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs
                  WHERE lock = 'delivery:' || user_id AND status IN ('todo', 'doing'));

-- name: hasten_senders
-- A sender's job that was scheduled before the clock was set back would come so much too late, and
-- until then keep the others of its lock from coming.
UPDATE procrastinate_jobs SET scheduled_at = now()
WHERE task_name = 'deliver' AND status = 'todo' AND scheduled_at > now()
  AND EXISTS (SELECT FROM contact
              WHERE user_id = args ->> 'user_id' AND last_attempt_at > now());
