-- title: Model calls are expensive
-- threshold: 10 USD
-- window: 1 hour
SELECT 'all requests' AS subject, sum((attributes ->> 'operation.cost')::float) AS value
FROM records
WHERE span_name IN ('token_usage', 'transcribe') AND start_timestamp > now() - interval '1 hour'
HAVING sum((attributes ->> 'operation.cost')::float) > 10
