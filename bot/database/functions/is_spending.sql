-- Whether a call is under way that a request pays for: its own, or of the build that goes on in its
-- name. Its account is the first of a reservation: "request:" and the id.
CREATE OR REPLACE FUNCTION is_spending(_request_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM budget_reservation
                   LEFT JOIN build ON build.request_id = substr(accounts[1], 9)::uuid
                   WHERE coalesce(retry_request_id, substr(accounts[1], 9)::uuid) = _request_id)
$$;
