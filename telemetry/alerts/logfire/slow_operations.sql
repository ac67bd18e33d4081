-- title: An operation is slow
-- threshold: 30 seconds
-- window: 10 minutes
SELECT message AS subject, max(duration) AS value
FROM records
WHERE kind = 'span' AND end_timestamp > now() - interval '10 minutes'
  AND start_timestamp > now() - interval '1 day'
  AND duration > 30
      * CASE WHEN span_name IN ('token_usage', 'transcribe', 'anthropic.messages.create')
             THEN 10 ELSE 1 END
  AND span_name NOT IN ('user_request', 'agent_lifecycle', 'agent_task_execution', 'delivery',
                        'Execution Phase', 'Research & Planning Phase', 'browser_check')
  AND span_name NOT LIKE 'workflow:%'
GROUP BY message
