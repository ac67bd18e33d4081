-- Drops bytes that neither a file, a version nor a round of review names any more.
CREATE OR REPLACE FUNCTION discard_unused_contents(_project_id uuid) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM blob
    WHERE project_id = _project_id
      AND NOT EXISTS (SELECT FROM workspace_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
      AND NOT EXISTS (SELECT FROM version_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
      AND NOT EXISTS (SELECT FROM review_file AS file
                      WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
$$;
