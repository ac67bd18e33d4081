-- Whether another build of its project has completed a version since this one ended.
CREATE OR REPLACE FUNCTION is_outdated(_build build) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM build AS later
        WHERE later.project_id = _build.project_id AND later.status = 'completed'
          AND later.ended_at > _build.ended_at
          AND EXISTS (SELECT FROM version
                      WHERE version.project_id = later.project_id
                        AND version.request_id = later.request_id AND NOT is_draft))
$$;
