-- name: latest_opinion
-- What the code reviewer and QA said last of the app as it is online, and of the versions that it
-- was made from, each with the version that they saw where that is an earlier one. Of a build only
-- the round counts whose files were published.
WITH judged AS (
    SELECT review, verdict, version.number AS version, build.created_at, review_round.number,
           nullif(version.number, project.current_version) AS seen_in
    FROM version
    JOIN project USING (project_id)
    JOIN build ON build.project_id = version.project_id
    JOIN review_round ON review_round.build_id = build.build_id
                     AND review_round.manifest = version.manifest
    WHERE version.project_id = %(project_id)s
      AND version.request_id IN (SELECT line_of_versions(%(project_id)s))
)
SELECT review, reviewed_in, verdict, tried_in
FROM (SELECT review, seen_in AS reviewed_in FROM judged WHERE review <> 'null'
      ORDER BY version DESC, created_at DESC, number DESC LIMIT 1) AS read
FULL JOIN (SELECT verdict, seen_in AS tried_in FROM judged WHERE verdict <> 'null'
           ORDER BY version DESC, created_at DESC, number DESC LIMIT 1) AS tried ON true;
