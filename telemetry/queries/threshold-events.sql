-- title: Threshold events
-- question: Which agents' contexts filled up, when, and what was done about it?
SELECT start_timestamp, attributes->>'threshold_type' AS threshold_type,
       attributes->>'agent_id' AS agent_id,
       (attributes->>'usage_percentage')::float8 AS usage_percentage,
       (attributes->>'tokens_remaining')::bigint AS tokens_remaining,
       attributes->>'action_taken' AS action_taken,
       attributes->>'request_id' AS request_id
FROM records
WHERE span_name LIKE 'agent_threshold:%'
ORDER BY start_timestamp DESC
LIMIT 200
