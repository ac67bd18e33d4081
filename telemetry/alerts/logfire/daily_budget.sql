-- title: The budget of a day is nearly used up
-- threshold: 180 USD
-- window: 24 hours
-- Records tell no cost where the price is unknown; the budget reckons with one all the same.
SELECT 'all requests' AS subject, sum((attributes ->> 'operation.cost')::float) AS value
FROM records
WHERE span_name IN ('token_usage', 'transcribe') AND start_timestamp > now() - interval '24 hours'
HAVING sum((attributes ->> 'operation.cost')::float) > 180
