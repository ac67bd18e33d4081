-- An operation is slow: over 30 seconds.
SELECT message AS subject, max(duration) AS value
FROM records
WHERE kind = 'span' AND duration > 30 AND start_timestamp > now() - interval '10 minutes'
  AND span_name NOT IN ('user_request', 'agent_lifecycle', 'agent_task_execution',
                        'Execution Phase', 'Research & Planning Phase')
  AND span_name NOT LIKE 'workflow:%'
GROUP BY message
