-- name: list_open_requests
-- What is not over yet, the latest first: how far it is, who works on it, and what it has used.
SELECT request.request_id, request.user_id, request_type, request_length, request.status,
       accepted_at, work_ended_at, title, workflow, phase, phase_started_at,
       build.status AS build_status, waits_until, agent.*, asked.position AS question,
       asked.questions, asked_at, spent.tokens, spent.cost_usd
FROM request
LEFT JOIN LATERAL build_of(request.request_id) AS build ON true
LEFT JOIN project ON project.project_id = build.project_id
LEFT JOIN LATERAL (
    SELECT agent_id, agent_type, version, model, model_window, working_budget, max_output,
           occupancy, (SELECT count(*) FROM turn WHERE turn.agent_id = agent.agent_id) AS turns
    FROM agent
    WHERE agent.request_id = build.request_id AND terminated_at IS NULL
    ORDER BY spawned_at DESC LIMIT 1
) AS agent ON true
LEFT JOIN LATERAL (
    SELECT position, asked_at,
           (SELECT count(*) FROM question AS other
            WHERE (other.build_id, other.tool_use_id) = (question.build_id, question.tool_use_id)
           ) AS questions
    FROM question
    WHERE question.build_id = build.build_id AND asked_at IS NOT NULL AND answer IS NULL
    ORDER BY asked_at DESC LIMIT 1
) AS asked ON true
CROSS JOIN LATERAL spent_on(request, build.request_id) AS spent
WHERE closed_at IS NULL
ORDER BY accepted_at DESC
LIMIT %(limit)s;

-- name: list_waits
-- For whom something waits, since when at the longest, and whose it is: messages that nobody has
-- read after some seconds and builds that nobody has begun, answers, and the customer service
-- window. Counted to a thousand.
SELECT 'us' AS waits_for, count(*)::int AS waiting, min(since) AS since,
       (array_agg(user_id ORDER BY since))[1:3] AS users
FROM ((SELECT user_id, accepted_at AS since FROM request
       WHERE closed_at IS NULL AND status = 'accepted' AND work_ended_at IS NULL
         AND accepted_at < now() - interval '5 seconds'
       ORDER BY accepted_at LIMIT 1000)
      UNION ALL
      (SELECT user_id, created_at FROM build
       WHERE status = 'queued' AND waits_until IS NULL AND created_at < now() - interval '5 seconds'
       ORDER BY created_at LIMIT 1000)) AS ours
UNION ALL
SELECT 'answers', count(*)::int, min(since), (array_agg(user_id ORDER BY since))[1:3]
FROM (SELECT user_id, (SELECT max(asked_at) FROM question WHERE question.build_id = build.build_id)
                 AS since
      FROM build WHERE status IN ('queued', 'running') AND waits_until IS NOT NULL
      ORDER BY created_at LIMIT 1000) AS theirs
UNION ALL
SELECT 'window', count(*)::int, min(since), (array_agg(user_id ORDER BY since))[1:3]
FROM (SELECT user_id, created_at AS since FROM outbox
      WHERE state = 'waiting_for_window' ORDER BY id LIMIT 1000) AS held;

-- name: find_last_sign
-- When a worker last showed that it lives, and how many have done so lately enough.
SELECT max(last_heartbeat) AS last_sign,
       count(*) FILTER (WHERE last_heartbeat > now() - %(silence)s * interval '1 s') AS alive
FROM procrastinate_workers;

-- name: list_queues
-- How much there is to do in each queue, now and later.
SELECT queue_name AS queue,
       count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)) AS due,
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
       count(*) FILTER (WHERE status = 'doing') AS running,
       count(*) FILTER (WHERE status = 'failed') AS failed
FROM procrastinate_jobs
GROUP BY queue_name
ORDER BY queue_name;

-- name: list_undelivered
-- Messages of the last day that did not arrive, or of which nobody knows it.
(SELECT id, request_id, user_id, kind, part, parts, state, attempts, error_code, error_message,
        is_owed, finished_at AS happened_at
 FROM outbox
 WHERE state = 'failed' AND finished_at > now() - interval '1 day'
 ORDER BY finished_at DESC LIMIT %(limit)s)
UNION ALL
(SELECT id, request_id, user_id, kind, part, parts, state, attempts, error_code, error_message,
        is_owed, attempted_at
 FROM outbox
 WHERE state = 'uncertain'
 ORDER BY id DESC LIMIT %(limit)s)
ORDER BY happened_at DESC
LIMIT %(limit)s;

-- name: list_ended
-- What was built, changed or has failed, the latest end first.
SELECT request.request_id, request.user_id, request.status, request_type, accepted_at,
       work_ended_at, work_ended_at - accepted_at AS took, workflow, failure, title,
       (SELECT count(*) FROM handoff
        WHERE handoff.request_id IN (request.request_id, build.request_id)
          AND handoff.created_at >= accepted_at AND reason = 'context_window_exhausted'
       ) AS handoffs,
       (SELECT count(*) FROM outbox
        WHERE outbox.request_id = request.request_id AND state = 'failed') AS undelivered,
       spent.tokens, spent.cost_usd
FROM request
LEFT JOIN LATERAL build_of(request.request_id) AS build ON true
LEFT JOIN project ON project.project_id = request.project_id
CROSS JOIN LATERAL spent_on(request, build.request_id) AS spent
WHERE work_ended_at IS NOT NULL
  AND (request.status = 'failed' OR request_type IN ('build', 'change', 'retry'))
ORDER BY work_ended_at DESC
LIMIT %(limit)s;

-- name: list_failed_jobs
-- Jobs that were given up, with when that was.
SELECT job.id, job.queue_name, job.task_name, job.attempts, max(event.at) AS failed_at
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'failed'
WHERE job.status = 'failed'
GROUP BY job.id
ORDER BY job.id DESC
LIMIT %(limit)s;
