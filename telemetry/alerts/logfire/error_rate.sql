-- title: Many operations fail
-- threshold: 5 percent
-- window: 10 minutes
SELECT 'operations' AS subject,
       100.0 * sum(CASE WHEN otel_status_code = 'ERROR' THEN 1 ELSE 0 END) / count(*) AS value
FROM records
WHERE kind = 'span' AND end_timestamp > now() - interval '10 minutes'
  AND start_timestamp > now() - interval '1 day'
  AND coalesce(otel_scope_name, '') NOT IN ('textcrew.sql', 'com.anthropic.sdk.python',
      'opentelemetry.instrumentation.requests', 'opentelemetry.instrumentation.flask')
  AND NOT (span_name = 'delivery' AND coalesce(attributes->>'delivery_status', '') = 'sent')
HAVING 100.0 * sum(CASE WHEN otel_status_code = 'ERROR' THEN 1 ELSE 0 END) > 5 * count(*)
