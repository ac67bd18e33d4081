-- What the ledger says of a request since it was accepted: its own calls, and those of its build,
-- whose agents work for the request that it was begun for. What that has used since it was tried
-- again in the name of another one is that one's.
CREATE OR REPLACE FUNCTION spent_on(_request request, _work_id uuid)
RETURNS TABLE (calls bigint, unpriced_calls bigint, tokens bigint, cost_usd numeric)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT count(*), count(*) FILTER (WHERE model_call.cost_usd IS NULL),
           sum(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)::bigint,
           sum(model_call.cost_usd)
    FROM model_call, (
        SELECT min(later.accepted_at) AS accepted_at
        FROM build JOIN request AS later
          ON later.user_id = build.user_id AND later.retried_build_id = build.build_id
        WHERE build.request_id = _work_id AND later.accepted_at > _request.accepted_at
    ) AS next_one
    WHERE request_id IN (_request.request_id, _work_id) AND called_at >= _request.accepted_at
      AND (next_one.accepted_at IS NULL OR called_at < next_one.accepted_at)
$$;
