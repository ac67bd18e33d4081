-- name: list_work
-- What is built or waits to be, oldest first, with who is at work.
SELECT coalesce(retry_request_id, build.request_id) AS request_id, build.user_id, title, phase,
       (SELECT agent_type FROM agent
        WHERE agent.request_id = build.request_id AND terminated_at IS NULL
        ORDER BY spawned_at DESC LIMIT 1) AS agent_type,
       CASE WHEN waits_until IS NOT NULL THEN 'user'
            WHEN build.status = 'queued' THEN 'worker' ELSE 'nobody' END AS waits_for,
       build.created_at AS since
FROM build JOIN project USING (project_id)
WHERE build.status IN ('queued', 'running')
ORDER BY build.created_at LIMIT %(limit)s;

-- name: list_unread
-- Who waits to be read, the longest first.
SELECT user_id, count(*) AS messages, min(accepted_at) AS since
FROM request WHERE status = 'accepted' AND closed_at IS NULL
GROUP BY user_id ORDER BY since LIMIT %(limit)s;

-- name: count_messages
-- Messages on their way or held, and those given up within a day.
SELECT state, count(*) AS messages, min(coalesce(due_since, created_at)) AS since
FROM outbox
WHERE state IN ('queued', 'sending', 'uncertain', 'waiting_for_window')
   OR state = 'failed' AND finished_at > now() - interval '1 day'
GROUP BY state ORDER BY state LIMIT %(limit)s;

-- name: count_jobs
-- How many jobs each queue holds.
SELECT queue_name AS queue,
       count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)) AS due,
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
       count(*) FILTER (WHERE status = 'doing') AS running,
       count(*) FILTER (WHERE status = 'failed') AS failed
FROM procrastinate_jobs
WHERE status IN ('todo', 'doing', 'failed')
GROUP BY queue_name ORDER BY queue_name LIMIT %(limit)s;
