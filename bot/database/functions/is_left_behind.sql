-- Whether the link of its project shows another version than when the build began, and not its own.
-- It may have shown none then. One that has never been taken up knows of no version.
CREATE OR REPLACE FUNCTION is_left_behind(_build build) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM project
        WHERE project.project_id = _build.project_id
          AND current_version IS NOT NULL
          AND coalesce(_build.based_on <> current_version, _build.taken_at <> _build.created_at)
          AND NOT EXISTS (
              SELECT FROM version
              WHERE version.project_id = _build.project_id AND number = current_version
                AND version.request_id = _build.request_id))
$$;
