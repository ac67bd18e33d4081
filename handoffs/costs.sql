-- name: sum_by
-- What calls used and cost, by one dimension. A sum with an unknown price in it is unknown.
WITH call AS (
    SELECT CASE %(by)s::text
               WHEN 'request' THEN request_id::text
               WHEN 'user' THEN user_id
               WHEN 'agent' THEN coalesce(agent_id, 'router')
               WHEN 'model' THEN model
               WHEN 'day' THEN to_char(called_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
           END AS key, *
    FROM model_call
    WHERE %(last)s::interval IS NULL OR called_at >= now() - %(last)s::interval
)
SELECT key,
       count(*)::int AS calls,
       sum(input_tokens)::bigint AS input_tokens,
       sum(output_tokens)::bigint AS output_tokens,
       sum(cache_creation_tokens)::bigint AS cache_creation_tokens,
       sum(cache_read_tokens)::bigint AS cache_read_tokens,
       sum(cost_usd) AS known_cost_usd,
       (count(*) FILTER (WHERE cost_usd IS NULL))::int AS unpriced_calls,
       CASE WHEN bool_and(cost_usd IS NOT NULL) THEN sum(cost_usd) END AS cost_usd
FROM call
GROUP BY key
ORDER BY CASE WHEN %(by)s::text = 'day' THEN key END, sum(cost_usd) DESC NULLS LAST, key;
