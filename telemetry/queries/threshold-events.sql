-- title: Threshold events
-- question: Which agents' contexts filled up, when, and what was done about it?
SELECT event.start_timestamp, event.attributes->>'threshold_type' AS threshold_type,
       call.attributes->>'agent_id' AS agent_id,
       (event.attributes->>'usage_percentage')::float8 AS usage_percentage,
       (event.attributes->>'tokens_remaining')::bigint AS tokens_remaining,
       event.attributes->>'action_taken' AS action_taken,
       event.attributes->>'request_id' AS request_id
FROM records AS event
LEFT JOIN records AS call
       ON call.trace_id = event.trace_id AND call.span_id = event.parent_span_id
WHERE event.span_name LIKE 'agent_threshold:%'
ORDER BY event.start_timestamp DESC
LIMIT 200
