-- name: latest_results
-- What a role made of the app: in this build, then in those behind what is online, the last first.
SELECT result, build.build_id = %(build_id)s AS is_of_this_build
FROM agent JOIN build USING (request_id)
WHERE build.project_id = %(project_id)s AND agent_type = %(agent_type)s AND result <> ''
  AND (build.build_id = %(build_id)s
       OR build.request_id IN (SELECT line_of_versions(%(project_id)s)))
ORDER BY build.build_id = %(build_id)s DESC, build.created_at DESC, version DESC
LIMIT %(limit)s;
