-- name: find_file
-- One file of what a link shows.
-- The token is the only key, so a link leads into its own project and nowhere else.
SELECT project_id, number, path, is_pinned, encode(sha256, 'hex') AS sha256, content
FROM shown_by(%(token)s)
JOIN version_file USING (project_id, number)
JOIN blob USING (project_id, sha256)
WHERE path = %(path)s
