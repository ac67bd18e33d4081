-- name: keep_agreed
-- What QA has written down before there was code; null if it wrote nothing.
UPDATE build SET agreed = %(agreed)s WHERE build_id = %(build_id)s;

-- name: find_agreed
-- What was agreed before there was code, if it was asked for.
SELECT agreed FROM build WHERE build_id = %(build_id)s AND agreed IS NOT NULL;

-- name: tried_lists
-- The lists that were clicked through on a project, the latest first, of the build that is under way
-- and of those whose version is shown, or was the base of the one that is.
SELECT build_id, build.status = 'running', acceptance, report
FROM trial JOIN build USING (build_id)
WHERE build.project_id = %(project_id)s AND acceptance <> 'null'
  AND (build.status = 'running' OR build.request_id IN (SELECT line_of_versions(%(project_id)s)))
ORDER BY build.status = 'running' DESC, build.created_at DESC, tried_at DESC;

-- name: agreed_list
-- What is agreed in the build that is under way.
SELECT build_id, agreed FROM build
WHERE project_id = %(project_id)s AND status = 'running' AND agreed <> 'null'
LIMIT 1;

-- name: numbers_gone
-- The requirements of a project that are not in force any more, as the build under way sees them.
SELECT number
FROM requirements_of(%(project_id)s, (SELECT build_id FROM build
                                      WHERE project_id = %(project_id)s AND status = 'running'
                                      LIMIT 1))
WHERE NOT holds OR state = 'replaced';
