-- title: Completion at handoff
-- question: How far was the work when it was handed over?
-- bar: mean_percentage
SELECT attributes->>'termination_reason' AS reason, count(*) AS handoffs,
       min((attributes->>'completion_percentage')::float8) AS least_percentage,
       avg((attributes->>'completion_percentage')::float8) AS mean_percentage,
       max((attributes->>'completion_percentage')::float8) AS most_percentage
FROM records
WHERE span_name = 'agent_handoff'
GROUP BY 1
ORDER BY handoffs DESC, reason
