-- name: seen_online
-- What was seen of the version that is shown, rather of one that was used: its report, its pictures.
SELECT report, views_of(trial) AS views
FROM project
JOIN version ON version.project_id = project.project_id
            AND version.number = project.current_version
JOIN build ON build.project_id = project.project_id
JOIN trial ON trial.build_id = build.build_id AND trial.manifest = version.manifest
WHERE project.project_id = %(project_id)s
ORDER BY acceptance = 'null', tried_at DESC
LIMIT 1;
