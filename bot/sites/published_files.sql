-- name: find_file
-- One file of what a link shows.
-- The token is the only key, so a link leads into its own project and nowhere else.
SELECT project_id, number, path, is_pinned, encode(sha256, 'hex') AS sha256, content
FROM shown_by(%(token)s)
JOIN version_file USING (project_id, number)
JOIN blob USING (project_id, sha256)
WHERE path = %(path)s;

-- name: shares_data
-- Whether visitors of that version share data.
SELECT EXISTS (SELECT FROM version_file
               WHERE project_id = %(project_id)s AND number = %(number)s
                 AND path = 'collections.json');
