-- name: latest_changed
-- The paths of a project's files, those that were changed last first.
SELECT path FROM workspace_file WHERE project_id = %(project_id)s
ORDER BY updated_at DESC, path COLLATE "C";
