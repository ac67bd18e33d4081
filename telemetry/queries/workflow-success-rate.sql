-- title: Workflow success rate
-- question: What share of the requests of each workflow was completed?
-- bar: success_percentage
SELECT ran.workflow_type, count(*) AS requests,
       count(*) FILTER (WHERE root.attributes->>'request_status' = 'completed') AS completed,
       count(*) FILTER (WHERE root.attributes->>'request_status' = 'failed') AS failed,
       count(*) FILTER (WHERE root.attributes->>'request_status' = 'stopped') AS stopped,
       100.0 * count(*) FILTER (WHERE root.attributes->>'request_status' = 'completed')
           / count(*) AS success_percentage
FROM (SELECT DISTINCT trace_id, attributes->>'workflow_type' AS workflow_type
      FROM records WHERE span_name LIKE 'workflow:%') AS ran
JOIN records AS root ON root.trace_id = ran.trace_id AND root.span_name = 'user_request'
GROUP BY ran.workflow_type
ORDER BY requests DESC, ran.workflow_type
