-- name: find_trial
-- What was seen when these files were tried in this way.
SELECT acceptance, report, picture, failure, views_of(trial) AS views FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s AND list_hash = %(list_hash)s;

-- name: find_trial_of_files
-- What was seen last of these files, with a list if one was clicked through on them.
SELECT acceptance, report, picture, failure, views_of(trial) AS views FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s
ORDER BY acceptance <> 'null' DESC, tried_at DESC
LIMIT 1;

-- name: keep_view
-- One of the pictures of what was seen just now.
INSERT INTO trial_view (build_id, manifest, list_hash, screen, content, sha256)
VALUES (%(build_id)s, %(manifest)s, %(list_hash)s, %(screen)s, %(content)s, sha256(%(content)s))
ON CONFLICT DO NOTHING;

-- name: find_seen
-- A picture that a trial of the project's app has kept, by its contents: how it looked, or where a
-- step failed.
SELECT 'image/jpeg', content FROM trial_view JOIN build USING (build_id)
WHERE project_id = %(project_id)s AND trial_view.sha256 = %(sha256)s
UNION ALL
SELECT 'image/png', trial.failure FROM trial JOIN build USING (build_id)
WHERE project_id = %(project_id)s AND sha256(trial.failure) = %(sha256)s
LIMIT 1;

-- name: find_last_trial
-- What was seen last in a build, whatever its files were.
SELECT acceptance, report, picture, failure, views_of(trial) AS views FROM trial
WHERE build_id = %(build_id)s
ORDER BY tried_at DESC
LIMIT 1;

-- name: tried_reports
-- What was seen when lists were clicked through on these files.
SELECT report FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s AND acceptance <> 'null';

-- name: keep_trial
-- What was seen just now.
INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, picture, failure)
VALUES (%(build_id)s, %(manifest)s, %(list_hash)s, %(acceptance)s, %(report)s, %(picture)s,
        %(failure)s)
ON CONFLICT DO NOTHING;
