-- Whether the link of its project shows another version than when the build began, and not its own.
CREATE OR REPLACE FUNCTION is_left_behind(_build build) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM project
        WHERE project.project_id = _build.project_id
          AND _build.based_on <> current_version
          AND NOT EXISTS (
              SELECT FROM version
              WHERE version.project_id = _build.project_id AND number = current_version
                AND version.request_id = _build.request_id))
$$;
