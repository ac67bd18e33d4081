-- name: list_versions
-- The latest versions of a project, newest first, with the words that they were made for.
SELECT version.number, version.version_token, version.published_at, version.is_draft,
       version.number IS NOT DISTINCT FROM project.current_version AS is_current,
       version.request_id, build.request_text
FROM version
JOIN project USING (project_id)
LEFT JOIN build ON build.request_id = version.request_id
WHERE version.project_id = %(project_id)s
ORDER BY version.number DESC LIMIT %(limit)s;

-- name: find_previous_version
-- The version that was shown before the one that is shown now was made.
SELECT version.based_on
FROM version JOIN project USING (project_id)
WHERE project_id = %(project_id)s AND number = current_version;

-- name: find_next_version
-- The newest version that was made from the one that is shown now.
SELECT max(number)
FROM version JOIN project USING (project_id)
WHERE project_id = %(project_id)s AND based_on = current_version AND NOT is_draft;

-- name: empty_workspace
-- Takes all files out of the workspace; versions keep theirs.
DELETE FROM workspace_file WHERE project_id = %(project_id)s;

-- name: fill_workspace
-- The empty workspace holds what a version holds.
INSERT INTO workspace_file (project_id, path, sha256, size, lines)
SELECT project_id, path, sha256, size, lines FROM version_file
WHERE project_id = %(project_id)s AND number = %(number)s;

-- name: is_used_by_another
-- Whether another build has the workspace, which runs, waits for its user or was taken up again. What
-- was taken up behind this one has written nothing.
SELECT FROM build
WHERE project_id = %(project_id)s AND request_id <> %(request_id)s
  AND (status = 'running'
       OR status = 'queued' AND retry_request_id IS NOT NULL
          AND created_at < (SELECT created_at FROM build WHERE request_id = %(request_id)s));

-- name: is_draft
-- Whether a draft of the project has these files.
SELECT FROM version
WHERE project_id = %(project_id)s AND manifest = %(manifest)s AND is_draft;

-- name: find_draft
-- What a request had built when it was stopped or failed.
SELECT number FROM version
WHERE project_id = %(project_id)s AND request_id = %(request_id)s AND is_draft;

-- name: drop_draft
-- A draft that is the workspace again.
DELETE FROM version WHERE project_id = %(project_id)s AND number = %(number)s AND is_draft;

-- name: read_shown_or_workspace
-- The files that the link shows, or those of the workspace while it shows none.
SELECT path, content
FROM (SELECT project_id, path, sha256
      FROM version_file JOIN project USING (project_id)
      WHERE number = current_version
      UNION ALL
      SELECT project_id, path, sha256
      FROM workspace_file JOIN project USING (project_id)
      WHERE current_version IS NULL) AS file
JOIN blob USING (project_id, sha256)
WHERE project_id = %(project_id)s
ORDER BY path COLLATE "C";
