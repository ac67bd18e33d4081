-- name: latest_opinion
-- What the code reviewer and QA said last of the app as it is online, and of the versions that it
-- was made from. Of a build only the round counts whose files were published.
WITH judged AS (
    SELECT review, verdict, version.number AS version, build.created_at, review_round.number
    FROM version
    JOIN build ON build.project_id = version.project_id
    JOIN review_round ON review_round.build_id = build.build_id
                     AND review_round.manifest = version.manifest
    WHERE version.project_id = %(project_id)s
      AND version.request_id IN (SELECT line_of_versions(%(project_id)s))
)
SELECT (SELECT review FROM judged WHERE review <> 'null'
        ORDER BY version DESC, created_at DESC, number DESC LIMIT 1),
       (SELECT verdict FROM judged WHERE verdict <> 'null'
        ORDER BY version DESC, created_at DESC, number DESC LIMIT 1);
