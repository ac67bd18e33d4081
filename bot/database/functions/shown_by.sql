-- What a link shows: the current version of the project that it leads into, or one version for good.
-- A draft is shown by no link.
CREATE OR REPLACE FUNCTION shown_by(_token text)
RETURNS TABLE (project_id uuid, number int, is_pinned boolean) LANGUAGE sql STABLE AS $$
    SELECT project_id, current_version, false FROM project WHERE site_token = _token
    UNION ALL
    SELECT project_id, number, true FROM version WHERE version_token = _token AND NOT is_draft
$$;
