-- name: find_app
-- What an app is that is online, by the plans that led to it, what its engineer said last, and the
-- facts that nobody had given when it was planned last.
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
        ORDER BY latest.created_at DESC, version DESC LIMIT 1),
       (SELECT ARRAY(SELECT jsonb_array_elements_text(plan -> 'missing_facts'))
        FROM line_of_versions(%(project_id)s) AS made_by (request_id)
        JOIN build USING (request_id)
        -- A plan of looks alone is nobody's: what was not given before it still is not.
        WHERE EXISTS (SELECT FROM jsonb_array_elements(plan -> 'requirements') AS one
                      WHERE one ->> 'kind' <> 'looks')
        ORDER BY build.created_at DESC LIMIT 1);
