-- name: find_project
-- The project, and the request that made the version it shows, to which what is told belongs.
SELECT title, version.request_id
FROM project JOIN version ON version.project_id = project.project_id AND number = current_version
WHERE project.project_id = %(project_id)s
