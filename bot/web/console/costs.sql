-- name: list_days_of_costs
-- What all have spent on each of the last days (UTC) up to one; NULL where nothing is on record.
SELECT days.day::date AS day, spent
FROM generate_series(%(until)s::date - 13, %(until)s::date, interval '1 day') AS days (day)
LEFT JOIN budget_account ON account = 'total:' || days.day::date
ORDER BY days.day;

-- name: list_spenders
-- Who has spent most on a day.
SELECT budget_account.user_id, spent, reserved
FROM budget_account
WHERE right(account, 10) = %(day)s::date::text AND account LIKE 'user:%%' AND user_id IS NOT NULL
ORDER BY spent DESC, user_id
LIMIT %(limit)s;

-- name: count_unpriced
-- How many calls of a day are of unknown price: the budgets reckon with them, and so with a guess.
SELECT count(*)::int AS calls
FROM model_call
WHERE called_at >= %(day)s::date AT TIME ZONE 'UTC'
  AND called_at < (%(day)s::date + 1) AT TIME ZONE 'UTC'
  AND cost_usd IS NULL;

-- name: list_dearest
-- What was dearest on a day: the calls of its requests.
SELECT spent.request_id, request.user_id, request.status, request_type, workflow, title, accepted_at,
       spent.calls, spent.tokens, spent.cost_usd
FROM (SELECT request_id, count(*) AS calls, sum(cost_usd) AS cost_usd,
             sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)::bigint
                 AS tokens
      FROM model_call
      WHERE called_at >= %(day)s::date AT TIME ZONE 'UTC'
        AND called_at < (%(day)s::date + 1) AT TIME ZONE 'UTC'
      GROUP BY request_id
      ORDER BY sum(cost_usd) DESC NULLS LAST
      LIMIT %(limit)s) AS spent
JOIN request ON request.request_id = spent.request_id
LEFT JOIN LATERAL build_of(spent.request_id) AS build ON true
LEFT JOIN project ON project.project_id = request.project_id
ORDER BY spent.cost_usd DESC NULLS LAST, accepted_at;
