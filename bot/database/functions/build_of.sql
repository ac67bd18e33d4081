-- The build of a request: its own, or the one that goes on in its name, or went on in it before it was
-- tried again in another's. Read in its place, as part of the statement that asks.
CREATE OR REPLACE FUNCTION build_of(_request_id uuid) RETURNS SETOF build
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM build WHERE request_id = _request_id
    UNION ALL
    SELECT * FROM build WHERE retry_request_id = _request_id
    UNION ALL
    SELECT build.* FROM request JOIN build ON build.build_id = retried_build_id
    WHERE request.request_id = _request_id
    LIMIT 1
$$;
