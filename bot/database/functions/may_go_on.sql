-- Whether a request may still be gone on with: what its agents know is kept. A build that failed or
-- was stopped can be asked for again, and then goes on where it was.
CREATE OR REPLACE FUNCTION may_go_on(_request_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM request WHERE request_id = _request_id AND closed_at IS NULL)
        OR EXISTS (SELECT FROM build WHERE request_id = _request_id AND status <> 'completed')
$$;
