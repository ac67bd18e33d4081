-- name: sum_costs
-- What a user's model calls have cost: all, those of today (UTC), and those for one project.
-- A cost that is not known is counted as a call without a price. Old calls are known by their sums.
WITH part AS (
    SELECT (called_at AT TIME ZONE 'UTC')::date AS day, project_id, cost_usd,
           (cost_usd IS NULL)::int AS unpriced_calls
    FROM model_call JOIN request USING (request_id)
    WHERE model_call.user_id = %(user_id)s
    UNION ALL
    SELECT day, project_id, known_cost_usd, unpriced_calls
    FROM calls_of_day WHERE user_id = %(user_id)s
)
SELECT coalesce(sum(cost_usd), 0) AS known_cost_usd,
       coalesce(sum(unpriced_calls), 0)::int AS unpriced_calls, scope
FROM (VALUES ('ever'), ('today'), ('project')) AS asked (scope)
LEFT JOIN part ON scope = 'ever'
    OR (scope = 'today' AND day = (now() AT TIME ZONE 'UTC')::date)
    OR (scope = 'project' AND project_id = %(project_id)s)
GROUP BY scope;
