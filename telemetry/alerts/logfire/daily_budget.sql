-- title: The budget of a day is nearly used up
-- threshold: 180 USD
-- window: 24 hours
-- The day is UTC's, as the budget's is. Records tell no cost where the price is unknown, and none
-- of calls that are under way; the budget reckons with both.
SELECT 'all requests' AS subject, sum((attributes ->> 'operation.cost')::float) AS value
FROM records
WHERE span_name IN ('token_usage', 'transcribe') AND start_timestamp > now() - interval '24 hours'
  AND (start_timestamp AT TIME ZONE 'UTC')::date = (now() AT TIME ZONE 'UTC')::date
HAVING sum((attributes ->> 'operation.cost')::float) > 180
