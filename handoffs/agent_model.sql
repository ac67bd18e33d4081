-- name: choose_model
-- Another model for an agent, with its limits.
UPDATE agent
SET model = %(model)s, model_window = %(model_window)s, working_budget = %(working_budget)s,
    max_output = %(max_output)s, warning_percentage = %(warning_percentage)s,
    critical_percentage = %(critical_percentage)s
WHERE agent_id = %(agent_id)s AND state = %(known_state)s;
