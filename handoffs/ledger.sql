-- name: insert_call
-- One model call and what it used, unless it is there already; nothing of somebody forgotten. What
-- was reserved for it is settled with it.
WITH known AS (
    SELECT FROM request WHERE request_id = %(request_id)s FOR KEY SHARE
), added AS (
    INSERT INTO model_call (request_id, user_id, agent_id, operation, model, outcome, input_tokens,
                            output_tokens, thinking_tokens, cache_creation_tokens,
                            cache_read_tokens, cost_usd, reservation_id, turn, began_at)
    SELECT %(request_id)s, %(user_id)s, %(agent_id)s, %(operation)s, %(model)s, %(outcome)s,
           %(input_tokens)s, %(output_tokens)s, %(thinking_tokens)s, %(cache_creation_tokens)s,
           %(cache_read_tokens)s, %(cost_usd)s, %(reservation_id)s, %(turn)s,
           now() - %(seconds)s::float8 * interval '1 second'
    FROM known
    ON CONFLICT (reservation_id) DO NOTHING
    RETURNING 1
)
SELECT settle_budget(%(reservation_id)s, %(accounts)s, %(spent)s)
WHERE %(reservation_id)s::uuid IS NOT NULL
  AND (EXISTS (SELECT FROM added) OR NOT EXISTS (SELECT FROM known));

-- name: sum_calls
-- What a request, or one agent of it, has used, or has since then, and how many calls have no known
-- price.
SELECT count(*)::int AS calls,
       coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
       coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
       coalesce(sum(thinking_tokens), 0)::bigint AS thinking_tokens,
       coalesce(sum(cache_creation_tokens), 0)::bigint AS cache_creation_tokens,
       coalesce(sum(cache_read_tokens), 0)::bigint AS cache_read_tokens,
       coalesce(sum(cost_usd), 0) AS known_cost_usd,
       (count(*) FILTER (WHERE cost_usd IS NULL))::int AS unpriced_calls
FROM model_call
WHERE request_id = %(request_id)s
  AND (%(agent_id)s::text IS NULL OR agent_id = %(agent_id)s)
  AND (%(since)s::timestamptz IS NULL OR called_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR called_at < %(until)s);
