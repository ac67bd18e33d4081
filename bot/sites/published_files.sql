-- name: find_file
-- One file of what a link shows: a project's current version, or one version for good.
-- The token is the only key, so a link leads into its own project and nowhere else.
WITH shown AS (
    SELECT project_id, current_version AS number, false AS is_pinned
    FROM project
    WHERE site_token = %(token)s
    UNION ALL
    SELECT project_id, number, true
    FROM version
    WHERE version_token = %(token)s AND NOT is_draft
)
SELECT project_id, number, path, is_pinned, encode(sha256, 'hex') AS sha256, content
FROM shown
JOIN version_file USING (project_id, number)
JOIN blob USING (project_id, sha256)
WHERE path = %(path)s
