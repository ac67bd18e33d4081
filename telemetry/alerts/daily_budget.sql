-- title: The budget of a day is nearly used up
-- threshold: 180 USD
-- window: 24 hours
-- remedy: raise TOTAL_DAILY_BUDGET_USD, or let builds wait until tomorrow; see who uses it with textcrew cost --by user
-- reads: tables
-- What refuses calls is today's account (UTC), with what is held for calls that are under way; the
-- window is for Logfire.
SELECT 'all requests' AS subject, (spent + reserved)::float AS value
FROM budget_account
WHERE account = 'total:' || (now() AT TIME ZONE 'UTC')::date
  AND spent + reserved > %(threshold)s;
