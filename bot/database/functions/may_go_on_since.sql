-- Whether somebody may go on with a request, of which the work ended at that time or later: one
-- that failed or was stopped longer ago counts as given up.
CREATE OR REPLACE FUNCTION may_go_on_since(_request_id uuid, _time timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT may_go_on(_request_id) AND NOT EXISTS (
        SELECT FROM build
        WHERE request_id = _request_id AND status IN ('failed', 'stopped') AND ended_at < _time)
$$;
