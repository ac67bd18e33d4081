-- name: create_project
-- A project without files, with its unguessable link.
INSERT INTO project (user_id, title, site_token)
VALUES (%(user_id)s, %(title)s, %(site_token)s)
RETURNING project_id, user_id, shelf_number AS number, title, site_token, current_version,
          created_at, updated_at

-- name: list_projects
-- A user's projects: the one that they mean first, then the one worked on last.
SELECT project_id, user_id, shelf_number AS number, title, site_token, current_version,
       created_at, updated_at
FROM project JOIN contact USING (user_id)
WHERE user_id = %(user_id)s
ORDER BY project_id IS NOT DISTINCT FROM current_project_id DESC, updated_at DESC, project_id

-- name: find_project_ids
-- The projects whose ids begin so.
SELECT project_id FROM project WHERE project_id BETWEEN %(first)s AND %(last)s LIMIT 2
