-- title: The budget of a day is nearly used up
-- threshold: 180 USD
-- window: 24 hours
-- remedy: raise TOTAL_DAILY_BUDGET_USD, or let builds wait until tomorrow; see who uses it with textcrew cost --by user
SELECT 'all requests' AS subject, sum(cost_usd)::float AS value
FROM model_call
WHERE called_at > now() - %(window)s
HAVING sum(cost_usd) > %(threshold)s;
