-- name: sum_calls
-- What a person's model calls have cost: all, those of today (UTC), and those for one project.
-- A cost that is not known is counted as a call without a price.
SELECT spent.known_cost_usd, spent.unpriced_calls, spent.scope
FROM (SELECT 'ever' AS scope, coalesce(sum(cost_usd), 0) AS known_cost_usd,
             (count(*) FILTER (WHERE cost_usd IS NULL))::int AS unpriced_calls
      FROM model_call WHERE user_id = %(user_id)s
      UNION ALL
      SELECT 'today', coalesce(sum(cost_usd), 0), (count(*) FILTER (WHERE cost_usd IS NULL))::int
      FROM model_call
      WHERE user_id = %(user_id)s AND called_at >= date_trunc('day', now(), 'UTC')
      UNION ALL
      SELECT 'project', coalesce(sum(cost_usd), 0),
             (count(*) FILTER (WHERE cost_usd IS NULL))::int
      FROM model_call JOIN request USING (request_id)
      WHERE model_call.user_id = %(user_id)s AND project_id = %(project_id)s) AS spent;
