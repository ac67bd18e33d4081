-- Messages are not delivered: any that was given up within an hour.
SELECT message AS subject, count(*) AS value
FROM records
WHERE start_timestamp > now() - interval '1 hour'
  AND ((span_name = 'delivery' AND attributes ->> 'delivery_status' = 'failed')
       OR message LIKE 'a message was not delivered%')
GROUP BY message
