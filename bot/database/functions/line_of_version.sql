-- The requests that a version of an app was made by: its own, that of the version it was made from,
-- and so on.
CREATE OR REPLACE FUNCTION line_of_version(_project_id uuid, _number int) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 10 AS $$
    WITH RECURSIVE line AS (
        SELECT version.based_on, version.request_id
        FROM version
        WHERE project_id = _project_id AND number = _number
        UNION
        SELECT version.based_on, version.request_id
        FROM line JOIN version ON version.project_id = _project_id AND number = line.based_on
    )
    SELECT request_id FROM line
$$;
