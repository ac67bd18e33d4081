-- title: A build hangs
-- threshold: 0 minutes
-- window: 24 hours
-- remedy: read the worker's log for the build; restart the worker if more than one hangs
-- reads: tables
-- It was taken up again because nothing of it had come on, and nothing has come on since,
-- however long that is; the window is for Logfire.
SELECT build_id::text AS subject, (extract(epoch FROM now() - stalled_at) / 60)::float AS value
FROM build
WHERE status = 'running' AND waits_until IS NULL
  AND stalled_at < now() - %(threshold)s * interval '1 minute'
  AND NOT EXISTS (SELECT FROM turn JOIN agent USING (agent_id)
                  WHERE agent.request_id = build.request_id AND answered_at > stalled_at)
ORDER BY value DESC;
