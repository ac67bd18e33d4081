-- name: proposed_design
-- What a user was shown last as a design alone, unless what is online was asked for since.
SELECT result
FROM agent JOIN build USING (request_id)
WHERE build.project_id = %(project_id)s AND build.build_id <> %(build_id)s
  AND build.workflow = 'design_only' AND build.status = 'completed'
  AND agent_type = 'designer' AND result <> ''
  AND build.created_at > coalesce(
      (SELECT max(made.created_at)
       FROM line_of_versions(%(project_id)s) AS made_by (request_id)
       JOIN build AS made USING (request_id)), '-infinity')
ORDER BY build.created_at DESC, version DESC
LIMIT 1;
