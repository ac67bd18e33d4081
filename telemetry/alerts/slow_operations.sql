-- title: An operation is slow
-- threshold: 30 seconds
-- window: 10 minutes
-- Not meant are the spans that hold a whole build, agent or task.
SELECT message AS subject, max(duration) AS value
FROM records
WHERE start_timestamp > now() - (%(window)s + %(threshold)s * interval '1 second')
  AND kind = 'span' AND duration > %(threshold)s
  AND span_name NOT IN ('user_request', 'agent_lifecycle', 'agent_task_execution',
                        'Execution Phase', 'Research & Planning Phase')
  AND span_name NOT LIKE 'workflow:%%'
GROUP BY message
ORDER BY value DESC;
