-- name: list_requirements
-- What is asked of a project, as a build has to see it.
SELECT number, build_id, request_id, source, kind, asked, words, holds, is_given_up, met_in, replaced_by, state
FROM requirements_of(%(project_id)s, %(build_id)s);

-- name: add_request
-- What a build is asked for, unless that is known, as what was said while another one was made is;
-- then it is for this build from now on.
WITH moved AS (
    UPDATE requirement SET build_id = build.build_id
    FROM build
    WHERE build.request_id = %(request_id)s AND requirement.request_id = %(request_id)s
    RETURNING number
)
SELECT add_requirement(build_id, request_id, 'message', 'does', NULL, request_text, false, '{}')
FROM build
WHERE request_id = %(request_id)s AND NOT EXISTS (SELECT FROM moved);

-- name: add_changed_requirement
-- What is asked for while a build is made or waits.
SELECT add_requirement(%(build_id)s, %(request_id)s, 'message', %(kind)s, NULL, %(words)s, false,
                       '{}');

-- name: add_answers
-- What was answered to these questions, or counts since nobody did.
SELECT add_requirement(build_id, build.request_id,
                       CASE WHEN is_default THEN 'default' ELSE 'answer' END, 'does', question,
                       answer, false, '{}')
FROM question JOIN build USING (build_id)
WHERE question_id = ANY (%(question_ids)s)
ORDER BY position;

-- name: move_waiting_requirements
-- Changes that no agent has read yet belong from now on to the later build, whose request is the
-- first of them.
UPDATE requirement SET build_id = later.build_id
FROM build AS later, change_request
WHERE later.request_id = %(request_id)s AND change_request.build_id = later.build_id
  AND requirement.request_id = change_request.request_id;

-- name: refine_request
-- The first of what a plan makes of a request stands where that stood.
UPDATE requirement
SET words = %(words)s, kind = %(kind)s, source = %(source)s, is_left_out = %(is_left_out)s,
    replaces = %(replaces)s
WHERE request_id = %(request_id)s AND source = 'message';

-- name: add_planned
-- And what else it makes of it.
SELECT add_requirement(build_id, request_id, %(source)s, %(kind)s, NULL, %(words)s,
                       %(is_left_out)s, %(replaces)s)
FROM build WHERE request_id = %(request_id)s;

-- name: drop_request
-- It asks nothing of the app.
DELETE FROM requirement WHERE request_id = %(request_id)s AND source = 'message';

-- name: note_met
-- What holds and is open is met in the version that is shown, where that was proven or is judged by
-- eye, but for what nobody has read yet.
UPDATE requirement SET met_in = requirement.met_in || current_version
FROM project, requirements_of(%(project_id)s, %(build_id)s) AS known
WHERE project.project_id = %(project_id)s AND requirement.project_id = project.project_id
  AND requirement.number = known.number AND holds AND state = 'open'
  AND (known.kind = 'looks' OR known.number = ANY (%(proven)s))
  AND NOT EXISTS (SELECT FROM change_request
                  WHERE change_request.request_id = known.request_id AND applied_at IS NULL);

-- name: facts_asked_for
-- The facts that nobody had given when what is online was made, as its plans say.
SELECT DISTINCT jsonb_array_elements_text(plan -> 'missing_facts') AS fact
FROM line_of_versions(%(project_id)s) AS made_by (request_id)
JOIN build USING (request_id)
WHERE build_id <> %(build_id)s;

-- name: find_gaps
-- What cannot be built and which facts nobody gave, by the plan of a build; older ones do not say.
SELECT coalesce(ARRAY(SELECT jsonb_array_elements_text(plan -> 'left_out')), '{}') AS left_out,
       coalesce(ARRAY(SELECT jsonb_array_elements_text(plan -> 'missing_facts')), '{}')
           AS missing_facts
FROM build
WHERE build_id = %(build_id)s AND plan IS NOT NULL;
