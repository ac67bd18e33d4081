-- name: sum_by
-- What calls used and cost, by one dimension. A sum with an unknown price in it is unknown. Old
-- calls are known by their day's sums alone, which no longer tell requests and agents apart.
WITH part AS (
    SELECT CASE %(by)s::text
               WHEN 'request' THEN request_id::text
               WHEN 'user' THEN user_id
               WHEN 'agent' THEN coalesce(agent_id, 'router')
               WHEN 'model' THEN model
               WHEN 'day' THEN to_char(called_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
           END AS key,
           1 AS calls, input_tokens, output_tokens, thinking_tokens, cache_creation_tokens, cache_read_tokens,
           cost_usd AS known_cost_usd, (cost_usd IS NULL)::int AS unpriced_calls
    FROM model_call
    WHERE %(last)s::interval IS NULL OR called_at >= now() - %(last)s::interval
    UNION ALL
    SELECT CASE %(by)s::text
               WHEN 'user' THEN user_id
               WHEN 'model' THEN model
               WHEN 'day' THEN to_char(day, 'YYYY-MM-DD')
               ELSE 'summed up'
           END,
           calls, input_tokens, output_tokens, thinking_tokens, cache_creation_tokens, cache_read_tokens,
           known_cost_usd, unpriced_calls
    FROM calls_of_day
    WHERE %(last)s::interval IS NULL
       OR day >= (now() - %(last)s::interval) AT TIME ZONE 'UTC'
)
SELECT key,
       sum(calls)::int AS calls,
       sum(input_tokens)::bigint AS input_tokens,
       sum(output_tokens)::bigint AS output_tokens,
       sum(thinking_tokens)::bigint AS thinking_tokens,
       sum(cache_creation_tokens)::bigint AS cache_creation_tokens,
       sum(cache_read_tokens)::bigint AS cache_read_tokens,
       sum(known_cost_usd) AS known_cost_usd,
       sum(unpriced_calls)::int AS unpriced_calls,
       CASE WHEN sum(unpriced_calls) = 0 THEN sum(known_cost_usd) END AS cost_usd
FROM part
GROUP BY key
ORDER BY CASE WHEN %(by)s::text = 'day' THEN key END, sum(known_cost_usd) DESC NULLS LAST, key;
