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

-- name: latest_results
-- What a role made of the app: in this build, then in those behind what is online, the last first.
SELECT result, build.build_id = %(build_id)s AS is_of_this_build
FROM agent JOIN build USING (request_id)
WHERE build.project_id = %(project_id)s AND agent_type = %(agent_type)s AND result <> ''
  AND (build.build_id = %(build_id)s
       OR build.request_id IN (SELECT line_of_versions(%(project_id)s)))
ORDER BY build.build_id = %(build_id)s DESC, build.created_at DESC, version DESC
LIMIT %(limit)s;
