-- title: Model calls are expensive
-- threshold: 10 USD
-- window: 1 hour
-- remedy: see whose requests cost it (textcrew cost --by user) and lower the budgets in the settings if it is not wanted
-- reads: tables
-- Calls without a known price, and those of users who were forgotten, count in daily_budget alone.
SELECT 'all requests' AS subject, sum(cost_usd)::float AS value
FROM model_call
WHERE called_at > now() - %(window)s
HAVING sum(cost_usd) > %(threshold)s;
