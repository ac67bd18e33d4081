-- title: Intake or sending is paused
-- threshold: 15 minutes
-- window: 5 minutes
SELECT message AS subject, count(*) AS value
FROM records
WHERE start_timestamp > now() - interval '5 minutes'
  AND message LIKE 'the % is paused by an operator since %'
GROUP BY message
