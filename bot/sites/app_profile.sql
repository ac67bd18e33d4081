-- name: find_profile
-- What is known of one version of an app: what it is in a sentence, by the plans that led to it, the
-- language that it was found to speak, or else the one in which its first build began, or its
-- owner's, and when its picture was taken.
SELECT project.project_id, project.title,
       (SELECT plan ->> 'description'
        FROM line_of_version(version.project_id, version.number) AS made_by (request_id)
        JOIN build USING (request_id)
        WHERE plan ->> 'description' <> ''
        ORDER BY created_at DESC LIMIT 1) AS planned,
       coalesce(
           (SELECT acceptance::jsonb ->> 'language'
            FROM trial JOIN build USING (build_id)
            WHERE build.project_id = project.project_id AND trial.manifest = version.manifest
              AND acceptance <> 'null'
            ORDER BY tried_at DESC LIMIT 1),
           (SELECT first_language
            FROM line_of_version(version.project_id, version.number) AS made_by (request_id)
            JOIN build USING (request_id)
            ORDER BY created_at LIMIT 1),
           contact.language) AS language,
       (SELECT tried_at::text
        FROM trial JOIN build USING (build_id)
        WHERE build.project_id = project.project_id AND trial.manifest = version.manifest
          AND picture IS NOT NULL
        ORDER BY acceptance = 'null', tried_at DESC LIMIT 1) AS pictured
FROM version
JOIN project USING (project_id)
JOIN contact USING (user_id)
WHERE version.project_id = %(project_id)s AND version.number = %(number)s;

-- name: find_app_picture
-- How that version looked on a phone: in use, unless it was only looked at.
SELECT picture
FROM version
JOIN build USING (project_id)
JOIN trial ON trial.build_id = build.build_id AND trial.manifest = version.manifest
WHERE version.project_id = %(project_id)s AND version.number = %(number)s
  AND picture IS NOT NULL
ORDER BY acceptance = 'null', tried_at DESC
LIMIT 1;
