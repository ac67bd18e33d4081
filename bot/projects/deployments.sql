-- name: note_deployment
-- Where an app is too, each link once.
INSERT INTO deployment (project_id, url, service, request_id)
VALUES (%(project_id)s, %(url)s, %(service)s, %(request_id)s)
ON CONFLICT (project_id, url) DO UPDATE
    SET service = excluded.service, request_id = excluded.request_id, confirmed_at = now();

-- name: list_deployments_of_build
-- Where one build has deployed its app, the latest last.
SELECT service, url FROM deployment
WHERE project_id = %(project_id)s AND request_id = %(request_id)s
ORDER BY confirmed_at;

-- name: list_of_project
-- Where an app is beside our own link, the latest last.
SELECT service, url FROM deployment WHERE project_id = %(project_id)s ORDER BY confirmed_at;

-- name: list_of_user
-- Where apps of a user are beside our own links, the latest last.
SELECT service, url FROM deployment JOIN project USING (project_id)
WHERE user_id = %(user_id)s
ORDER BY confirmed_at;
