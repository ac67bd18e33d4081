-- name: list_projects_to_show
-- A user's projects by their numbers, which stay the same: the first one is the oldest.
SELECT shelf_number AS number, project_id, title, site_token, current_version,
       EXISTS (SELECT FROM build WHERE build.project_id = project.project_id
                                   AND build.status IN ('queued', 'running')) AS is_being_built
FROM project
WHERE user_id = %(user_id)s
ORDER BY number;

-- name: open_project
-- From now on the user means this project, if it is theirs.
UPDATE contact SET current_project_id = %(project_id)s
WHERE user_id = %(user_id)s
  AND EXISTS (SELECT FROM project
              WHERE project_id = %(project_id)s AND user_id = %(user_id)s);
