-- The build of a request: its own, or the one that goes on in its name. Read in its place, as part of
-- the statement that asks.
CREATE OR REPLACE FUNCTION build_of(_request_id uuid) RETURNS SETOF build
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM build WHERE request_id = _request_id
    UNION ALL
    SELECT * FROM build WHERE retry_request_id = _request_id
    LIMIT 1
$$;
