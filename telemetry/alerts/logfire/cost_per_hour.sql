-- Model calls are expensive: over 10 USD in an hour.
SELECT 'all requests' AS subject, sum((attributes ->> 'operation.cost')::float) AS value
FROM records
WHERE span_name = 'token_usage' AND start_timestamp > now() - interval '1 hour'
HAVING sum((attributes ->> 'operation.cost')::float) > 10
