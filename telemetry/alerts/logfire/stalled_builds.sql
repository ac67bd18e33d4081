-- title: A build hangs
-- threshold: 0 minutes
-- window: 24 hours
SELECT message AS subject, count(*) AS value
FROM records
WHERE start_timestamp > now() - interval '24 hours'
  AND message LIKE 'build % showed no sign of life%'
GROUP BY message
