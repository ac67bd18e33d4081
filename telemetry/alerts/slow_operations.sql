-- title: An operation is slow
-- threshold: 30 seconds
-- window: 10 minutes
-- remedy: see whether the database or a service is slow (textcrew doctor), and what else runs at that time
-- reads: records
-- Not meant is what is slow by nature: the spans that hold a whole build, agent or task, a message on
-- its way to a phone, and an app that is tried for as long as it may be. A model may write for minutes.
SELECT message AS subject, max(duration) AS value
FROM records
WHERE end_timestamp > now() - %(window)s AND start_timestamp > now() - interval '1 day'
  AND kind = 'span'
  AND duration > %(threshold)s
      * CASE WHEN span_name IN ('token_usage', 'transcribe', 'anthropic.messages.create')
             THEN 10 ELSE 1 END
  AND span_name NOT IN ('user_request', 'agent_lifecycle', 'agent_task_execution', 'delivery',
                        'Execution Phase', 'Research & Planning Phase', 'browser_check')
  AND span_name NOT LIKE 'workflow:%%'
GROUP BY message
ORDER BY value DESC;
