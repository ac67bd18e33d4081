-- title: Handoffs by reason
-- question: Why did agents hand over, and how many tokens had they used?
-- bar: handoffs
SELECT attributes->>'termination_reason' AS reason, count(*) AS handoffs,
       count(*) FILTER (WHERE otel_status_code = 'ERROR') AS failed,
       avg((attributes->>'tokens_used')::float8) AS mean_tokens_used,
       avg(duration) AS mean_seconds
FROM records
WHERE span_name = 'agent_handoff'
GROUP BY 1
ORDER BY handoffs DESC, reason
