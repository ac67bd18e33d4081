-- name: lock_project
-- The project's title and link, keeping other publishers waiting until we are done.
SELECT title, site_token FROM project WHERE project_id = %(project_id)s FOR UPDATE

-- name: find_current_version
-- What the project's link shows now.
SELECT version.number, version.version_token, version.manifest, version.request_id
FROM project
JOIN version ON version.project_id = project.project_id AND version.number = current_version
WHERE project.project_id = %(project_id)s

-- name: add_version
-- The next version, with its own link.
INSERT INTO version (project_id, number, request_id, version_token, manifest, is_draft, based_on)
SELECT %(project_id)s, coalesce(max(number), 0) + 1, %(request_id)s, %(version_token)s,
       %(manifest)s, %(is_draft)s,
       (SELECT current_version FROM project WHERE project_id = %(project_id)s)
FROM version
WHERE project_id = %(project_id)s
RETURNING number

-- name: add_version_files
-- The version holds what the workspace holds.
INSERT INTO version_file (project_id, number, path, sha256, size, lines)
SELECT project_id, %(number)s, path, sha256, size, lines
FROM workspace_file
WHERE project_id = %(project_id)s

-- name: show_version
-- From now on the project's link shows this version.
UPDATE project SET current_version = %(number)s, updated_at = now()
WHERE project_id = %(project_id)s

-- name: read_published_contents
-- The bytes of all files of some types that the project's link shows.
SELECT path, content
FROM project
JOIN version_file ON version_file.project_id = project.project_id AND number = current_version
JOIN blob ON blob.project_id = project.project_id AND blob.sha256 = version_file.sha256
WHERE project.project_id = %(project_id)s
  AND substring(path FROM '[^.]*$') = ANY(%(types)s)
ORDER BY path COLLATE "C"
