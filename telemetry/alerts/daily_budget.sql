-- title: The budget of a day is nearly used up
-- threshold: 50 USD
-- window: 24 hours
SELECT 'all requests' AS subject, sum(cost_usd)::float AS value
FROM model_call
WHERE called_at > now() - %(window)s
HAVING sum(cost_usd) > %(threshold)s;
