-- title: Many operations fail
-- threshold: 5 percent
-- window: 10 minutes
SELECT 'operations' AS subject,
       100.0 * count(*) FILTER (WHERE otel_status_code = 'ERROR') / count(*) AS value
FROM records
WHERE start_timestamp > now() - %(window)s AND kind = 'span'
HAVING 100.0 * count(*) FILTER (WHERE otel_status_code = 'ERROR') / nullif(count(*), 0)
       > %(threshold)s;
