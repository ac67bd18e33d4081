-- Many operations fail: over 5 percent in 10 minutes.
SELECT 'operations' AS subject,
       100.0 * sum(CASE WHEN otel_status_code = 'ERROR' THEN 1 ELSE 0 END) / count(*) AS value
FROM records
WHERE kind = 'span' AND start_timestamp > now() - interval '10 minutes'
HAVING 20 * sum(CASE WHEN otel_status_code = 'ERROR' THEN 1 ELSE 0 END) > count(*)
