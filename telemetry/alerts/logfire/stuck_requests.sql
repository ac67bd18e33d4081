-- A request does not end: opened over 30 minutes ago, within the last 24 hours, and not closed.
SELECT opened.attributes ->> 'request_id' AS subject,
       extract(epoch FROM now() - opened.start_timestamp) / 60 AS value
FROM records_all AS opened
LEFT JOIN records_all AS closed
       ON closed.trace_id = opened.trace_id AND closed.span_name = 'user_request'
      AND closed.kind = 'span'
WHERE opened.kind = 'pending_span' AND opened.span_name = 'user_request'
  AND opened.start_timestamp > now() - interval '24 hours'
  AND opened.start_timestamp < now() - interval '30 minutes'
  AND closed.trace_id IS NULL
