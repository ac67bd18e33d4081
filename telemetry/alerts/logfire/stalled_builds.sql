-- A build hangs: any that was taken up again within 24 hours because nothing of it had come on.
SELECT message AS subject, count(*) AS value
FROM records
WHERE start_timestamp > now() - interval '24 hours'
  AND message LIKE 'build % showed no sign of life%'
GROUP BY message
