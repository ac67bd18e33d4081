-- name: find_app
-- What an app is that is online, by the plans that led to it, and what its engineer said last.
SELECT (SELECT plan ->> 'description'
        FROM line_of_versions(%(project_id)s) AS made_by (request_id)
        JOIN build USING (request_id)
        WHERE plan ->> 'description' <> ''
        ORDER BY build.created_at DESC LIMIT 1),
       (SELECT result
        FROM (SELECT request_id, build.created_at
              FROM line_of_versions(%(project_id)s) AS made_by (request_id)
              JOIN build USING (request_id)
              ORDER BY build.created_at DESC LIMIT 10) AS latest
        JOIN agent USING (request_id)
        WHERE agent_type = 'frontend' AND result <> ''
        ORDER BY latest.created_at DESC, version DESC LIMIT 1);
