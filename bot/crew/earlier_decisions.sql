-- name: noting_turns
-- The answers with which agents noted decisions, and their results, in the builds that have made
-- what is online; not in the request itself. Newest last.
SELECT turn.number, answer, stop_reason, results
FROM line_of_versions(%(project_id)s) AS made_by (request_id)
JOIN agent USING (request_id)
JOIN turn USING (agent_id)
WHERE request_id <> %(request_id)s AND results IS NOT NULL
  AND strpos(answer, %(tool)s) > 0
ORDER BY answered_at;
