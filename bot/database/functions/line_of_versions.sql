-- The requests that the app of a project was made by, as it is online now. What was undone is not
-- among them.
CREATE OR REPLACE FUNCTION line_of_versions(_project_id uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 10 AS $$
    SELECT line_of_version(_project_id, current_version) FROM project
    WHERE project_id = _project_id
$$;
