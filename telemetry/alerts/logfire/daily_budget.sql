-- The budget of a day is used up: over 50 USD in 24 hours.
SELECT 'all requests' AS subject, sum((attributes ->> 'operation.cost')::float) AS value
FROM records
WHERE span_name = 'token_usage' AND start_timestamp > now() - interval '24 hours'
HAVING sum((attributes ->> 'operation.cost')::float) > 50
