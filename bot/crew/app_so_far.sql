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

-- name: missing_facts
-- What nobody had given when the app that is online was planned last.
SELECT jsonb_array_elements_text(plan -> 'missing_facts')
FROM (SELECT plan
      FROM line_of_versions(%(project_id)s) AS made_by (request_id)
      JOIN build USING (request_id)
      ORDER BY build.created_at DESC LIMIT 1) AS latest;
