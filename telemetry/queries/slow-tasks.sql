-- title: Slow tasks
-- question: Which tasks of agents took long?
-- parameter seconds: tasks that took longer than this
-- bar: duration
WITH parameters AS (SELECT 30.0 AS seconds)
SELECT start_timestamp, duration, attributes->>'task_type' AS task_type,
       attributes->>'agent_id' AS agent_id, otel_status_code,
       attributes->>'request_id' AS request_id
FROM records, parameters
WHERE span_name = 'agent_task_execution' AND duration > parameters.seconds
ORDER BY duration DESC
LIMIT 100
