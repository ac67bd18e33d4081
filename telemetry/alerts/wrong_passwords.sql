-- title: Somebody tries passwords of operators
-- threshold: 10 attempts
-- window: 10 minutes
-- remedy: look up in the proxy's log who asks at that route, block them, and change the token if it may be known
-- reads: metrics
-- Wrong ones, by the route at which they were shown.
SELECT attributes ->> 'route' AS subject, sum(scalar_value)::float AS value
FROM metrics
WHERE metric_name = 'wrong_passwords_total' AND recorded_timestamp > now() - %(window)s
GROUP BY subject
HAVING sum(scalar_value) > %(threshold)s
ORDER BY value DESC;
