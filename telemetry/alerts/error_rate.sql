-- title: Many operations fail
-- threshold: 5 percent
-- window: 10 minutes
-- remedy: see what fails (textcrew query error-rate-by-agent) and whether a service is down (textcrew doctor)
-- reads: records
-- Operations are what we do, not the statements and requests that it takes. What counts is when they
-- ended: a build may have begun long before it fails. A message that is sent is told again when its
-- end is known, and counts then.
SELECT 'operations' AS subject,
       100.0 * count(*) FILTER (WHERE otel_status_code = 'ERROR') / count(*) AS value
FROM records
WHERE end_timestamp > now() - %(window)s AND start_timestamp > now() - interval '1 day'
  AND kind = 'span'
  AND coalesce(otel_scope_name, '') NOT IN ('textcrew.sql', 'com.anthropic.sdk.python',
      'opentelemetry.instrumentation.requests', 'opentelemetry.instrumentation.flask')
  AND NOT (span_name = 'delivery' AND coalesce(attributes->>'delivery_status', '') = 'sent')
HAVING 100.0 * count(*) FILTER (WHERE otel_status_code = 'ERROR') / nullif(count(*), 0)
       > %(threshold)s;
