-- title: The budget of a day is nearly used up
-- threshold: 180 USD
-- window: 24 hours
-- remedy: raise TOTAL_DAILY_BUDGET_USD, or let builds wait until tomorrow; see who uses it with textcrew cost --by user
-- What refuses calls is today's account (UTC). It holds more than the ledger where a price is
-- unknown, and where users were forgotten.
SELECT 'all requests' AS subject, value::float
FROM (SELECT greatest(
          (SELECT sum(cost_usd) FROM model_call WHERE called_at > now() - %(window)s),
          (SELECT spent FROM budget_account
           WHERE account = 'total:' || (now() AT TIME ZONE 'UTC')::date)) AS value) AS used
WHERE value > %(threshold)s;
