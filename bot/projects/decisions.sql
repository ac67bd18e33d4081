-- name: keep_decision
-- A decision, once a build.
INSERT INTO decision (project_id, request_id, decision, reason)
VALUES (%(project_id)s, %(request_id)s, %(decision)s, %(reason)s)
ON CONFLICT (project_id, request_id, decision) DO NOTHING;

-- name: list_decisions
-- What was decided in the builds that have made what is online. Newest last.
SELECT request_id, decision, reason
FROM line_of_versions(%(project_id)s) AS made_by (request_id)
JOIN decision USING (request_id)
WHERE project_id = %(project_id)s
ORDER BY decision_id;

-- name: list_decisions_of_build
-- What was decided in one build, whether it is online or not. Newest last.
SELECT request_id, decision, reason FROM decision
WHERE project_id = %(project_id)s AND request_id = %(request_id)s
ORDER BY decision_id;
