-- name: list_confirmed
-- The links that a request's agents have reported and that answered, oldest first.
SELECT outside_call.result FROM outside_call JOIN agent USING (agent_id)
WHERE agent.request_id = %(request_id)s AND server = %(server)s AND tool = %(tool)s
  AND outside_call.status = 'ok'
ORDER BY began_at;
