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

-- name: read_contents
-- The bytes of all files.
SELECT path, content
FROM workspace_file JOIN blob USING (project_id, sha256)
WHERE project_id = %(project_id)s
ORDER BY path COLLATE "C"

-- name: measure_other_files
-- How many files, and how many bytes, the project has beside this one.
SELECT count(*), coalesce(sum(size), 0)::bigint
FROM workspace_file
WHERE project_id = %(project_id)s AND path <> %(path)s

-- name: store_content
-- Keeps the bytes under their hash.
INSERT INTO blob (project_id, sha256, content)
VALUES (%(project_id)s, %(sha256)s, %(content)s)
ON CONFLICT DO NOTHING

-- name: put_file
-- Lets the path name those bytes.
INSERT INTO workspace_file (project_id, path, sha256, size, lines)
VALUES (%(project_id)s, %(path)s, %(sha256)s, %(size)s, %(lines)s)
ON CONFLICT (project_id, path) DO UPDATE
    SET sha256 = excluded.sha256, size = excluded.size, lines = excluded.lines, updated_at = now()

-- name: delete_file
-- Removes the path; versions that hold the file keep it.
DELETE FROM workspace_file WHERE project_id = %(project_id)s AND path = %(path)s RETURNING path

-- name: discard_unused_contents
-- Drops bytes that neither a file, a version nor a round of review names any more.
DELETE FROM blob
WHERE project_id = %(project_id)s
  AND NOT EXISTS (SELECT FROM workspace_file AS file
                  WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
  AND NOT EXISTS (SELECT FROM version_file AS file
                  WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
  AND NOT EXISTS (SELECT FROM review_file AS file
                  WHERE file.project_id = blob.project_id AND file.sha256 = blob.sha256)
