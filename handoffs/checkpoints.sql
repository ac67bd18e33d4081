-- name: set_results
-- The tools' results, once.
UPDATE turn
SET results = %(results)s, results_at = now()
WHERE agent_id = %(agent_id)s AND number = %(number)s AND results IS NULL;

-- name: add_results
-- The tools' results with what was found when the work that they end with was looked at.
UPDATE turn
SET results = %(results)s
WHERE agent_id = %(agent_id)s AND number = %(number)s;

-- name: load_turns
-- An agent's turns in their order.
SELECT number, answer, stop_reason, results
FROM turn
WHERE agent_id = %(agent_id)s
ORDER BY number;
