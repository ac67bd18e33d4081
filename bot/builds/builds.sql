-- name: create_build
-- Queues the work on a request; the job runs when no other build of the project does.
WITH created AS (
    INSERT INTO build (request_id, project_id, user_id, request_text, workflow)
    VALUES (%(request_id)s, %(project_id)s, %(user_id)s, %(request_text)s, %(workflow)s)
    RETURNING build_id, project_id
)
SELECT build_id, enqueue_job('planning', 'run_build', 'project:' || project_id,
                             jsonb_build_object('build_id', build_id))
FROM created;

-- name: set_plan
-- What the orchestrator decided; a project without a version gets its title from the plan.
-- The run that carries the plan out has all attempts before it.
WITH named AS (
    UPDATE project SET title = %(title)s
    WHERE project_id = %(project_id)s AND current_version IS NULL
)
UPDATE build SET workflow = %(workflow)s, plan = %(plan)s, attempts = 0 WHERE build_id = %(build_id)s;

-- name: set_request_text
-- What the request is from now on.
UPDATE build SET request_text = %(request_text)s WHERE build_id = %(build_id)s;

-- name: load_workflow
-- How the build is worked on, as far as that is clear.
SELECT workflow FROM build WHERE build_id = %(build_id)s;

-- name: enter_phase
-- Moves on to the next phase.
UPDATE build SET phase = %(phase)s, phase_started_at = now()
WHERE build_id = %(build_id)s
RETURNING phase_started_at;

-- name: end_build
-- Finishes the build, for better or worse; what it was asked meanwhile and has not done ends too.
WITH waiting AS (
    UPDATE request SET status = %(status)s, work_ended_at = now()
    FROM change_request
    WHERE change_request.build_id = %(build_id)s AND applied_at IS NULL
      AND request.request_id = change_request.request_id
      AND work_ended_at IS NULL AND %(status)s <> 'completed'
)
UPDATE build SET status = %(status)s, failure = %(failure)s, short_of = %(short_of)s,
                 ended_at = now(), owner = NULL
WHERE build_id = %(build_id)s;

-- name: note_budget_asked
-- The user is asked about the budget once.
UPDATE build SET budget_asked = true WHERE build_id = %(build_id)s;

-- name: decline_to_go_on
-- A build that awaits the user's answer stays where it is.
UPDATE build SET failure = NULL, short_of = NULL
WHERE build_id = %(build_id)s AND status = 'stopped' AND failure = %(awaits)s;

-- name: is_any_queued
-- Whether a build of the project waits to begin.
SELECT EXISTS (SELECT FROM build WHERE project_id = %(project_id)s AND status = 'queued');

-- name: unfinished_builds
-- What is being built or waits for a user, oldest first: who is at work, what it has cost so far.
-- With `put_down_for` also what was put down for that reason within a day, and can still go on.
SELECT build.build_id, build.request_id, build.project_id, project.title, build.phase,
       build.workflow, build.status,
       coalesce((SELECT accepted_at FROM request WHERE request.request_id = retry_request_id),
                build.created_at) AS asked_at,
       (SELECT agent_type FROM agent
        WHERE agent.request_id = build.request_id AND terminated_at IS NULL
        ORDER BY spawned_at DESC LIMIT 1) AS agent_type,
       spent.known_cost_usd, spent.unpriced_calls,
       waits_until IS NOT NULL OR build.status = 'stopped' AS awaits_answer
FROM build
JOIN project USING (project_id)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cost_usd), 0) AS known_cost_usd,
           (count(*) FILTER (WHERE cost_usd IS NULL))::int AS unpriced_calls
    FROM model_call WHERE model_call.request_id = build.request_id) AS spent
WHERE build.user_id = %(user_id)s
  AND (build.status IN ('queued', 'running')
       OR (build.status = 'stopped' AND build.failure = %(put_down_for)s
           AND build.ended_at > now() - interval '1 day'
           AND NOT is_outdated(build) AND NOT is_left_behind(build)))
ORDER BY build.created_at;
