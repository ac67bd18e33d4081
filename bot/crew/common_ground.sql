-- name: page_online
-- What was seen of the version that is shown: its report, rather of one that was used.
SELECT report
FROM project
JOIN version ON version.project_id = project.project_id
            AND version.number = project.current_version
JOIN build ON build.project_id = project.project_id
JOIN trial ON trial.build_id = build.build_id AND trial.manifest = version.manifest
WHERE project.project_id = %(project_id)s
ORDER BY acceptance = 'null', tried_at DESC
LIMIT 1;
