-- Whether an app, or a change of one, was asked for with a request. Looked up for each by itself: as
-- part of a statement it may be planned as a look at all builds.
CREATE OR REPLACE FUNCTION asks_for_an_app(_request_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM request
                   WHERE request_id = _request_id AND project_id IS NOT NULL
                     AND request_type IN ('build', 'change'))
        OR EXISTS (SELECT FROM build WHERE request_id = _request_id)
        OR EXISTS (SELECT FROM build WHERE retry_request_id = _request_id)
        OR EXISTS (SELECT FROM change_request WHERE request_id = _request_id);
END $$;
