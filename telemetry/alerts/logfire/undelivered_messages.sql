-- title: Messages are not delivered
-- threshold: 10 minutes
-- window: 1 hour
-- Failed for good within the window; what waits for longer than the threshold has no record.
SELECT message AS subject, count(DISTINCT span_id) AS value
FROM records
WHERE span_name = 'delivery' AND attributes ->> 'delivery_status' = 'failed'
  AND end_timestamp > now() - interval '1 hour'
GROUP BY message
