-- title: Somebody tries passwords of operators
-- threshold: 10 attempts
-- window: 10 minutes
SELECT attributes ->> 'route' AS subject, sum(scalar_value) AS value
FROM metrics
WHERE metric_name = 'wrong_passwords_total'
  AND recorded_timestamp > now() - interval '10 minutes'
GROUP BY attributes ->> 'route'
HAVING sum(scalar_value) > 10
