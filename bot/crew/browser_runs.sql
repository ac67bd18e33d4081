-- name: find_trial
-- What was seen when these files were tried in this way.
SELECT acceptance, report, picture, failure FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s AND list_hash = %(list_hash)s;

-- name: latest_trial
-- What was seen last of these files, and what was clicked through.
SELECT acceptance, report, picture, failure FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s
ORDER BY tried_at DESC
LIMIT 1;

-- name: latest_list
-- The acceptance list that was clicked through last, whatever the files and the build were.
SELECT acceptance FROM trial JOIN build USING (build_id)
WHERE build.project_id = %(project_id)s AND acceptance <> 'null'
ORDER BY tried_at DESC
LIMIT 1;

-- name: count_trials
-- How many lists were clicked through on these files.
SELECT count(*) FROM trial
WHERE build_id = %(build_id)s AND manifest = %(manifest)s AND acceptance <> 'null';

-- name: keep_trial
-- What was seen just now.
INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, picture, failure)
VALUES (%(build_id)s, %(manifest)s, %(list_hash)s, %(acceptance)s, %(report)s, %(picture)s,
        %(failure)s)
ON CONFLICT DO NOTHING;
