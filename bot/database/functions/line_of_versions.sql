-- The requests that the app of a project was made by, as it is online now: that of the version that
-- is shown, of the one it was made from, and so on. What was undone is not among them.
CREATE OR REPLACE FUNCTION line_of_versions(_project_id uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE line AS (
        SELECT version.based_on, version.request_id
        FROM project JOIN version USING (project_id)
        WHERE project_id = _project_id AND number = current_version
        UNION
        SELECT version.based_on, version.request_id
        FROM line JOIN version ON version.project_id = _project_id AND number = line.based_on
    )
    SELECT request_id FROM line
$$;
