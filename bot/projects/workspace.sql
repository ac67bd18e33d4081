-- name: touch_project
-- Marks the project as worked on and keeps other writers of it waiting until we are done.
UPDATE project SET updated_at = now() WHERE project_id = %(project_id)s RETURNING project_id

-- name: list_files
-- What the project holds now.
SELECT path, size, lines, encode(sha256, 'hex') AS sha256
FROM workspace_file
WHERE project_id = %(project_id)s
ORDER BY path COLLATE "C"

-- name: read_content
-- The bytes of one file.
SELECT content
FROM workspace_file JOIN blob USING (project_id, sha256)
WHERE project_id = %(project_id)s AND path = %(path)s

-- name: read_content_to_change
-- The bytes of one file, of which other writers wait until we are done.
SELECT is_there, content FROM content_to_change(%(project_id)s, %(path)s)

-- name: read_contents
-- The bytes of all files of some types.
SELECT path, content
FROM workspace_file JOIN blob USING (project_id, sha256)
WHERE project_id = %(project_id)s AND substring(path FROM '[^.]*$') = ANY(%(types)s)
ORDER BY path COLLATE "C"

-- name: put_file
-- Lets the path name these bytes, if the project has room for them.
SELECT is_there, other_files, other_bytes
FROM put_file(%(project_id)s, %(path)s, %(content)s, %(sha256)s, %(lines)s, %(most_files)s,
              %(most_bytes)s)

-- name: delete_file
-- Removes the path; versions that hold the file keep it.
DELETE FROM workspace_file WHERE project_id = %(project_id)s AND path = %(path)s RETURNING path

-- name: discard_unused_contents
-- Drops bytes that neither a file, a version nor a round of review names any more.
SELECT discard_unused_contents(%(project_id)s)
