-- What makes work visible while it is under way.

-- What of its budget an agent's conversation may fill: handoffs/tokens.py, `WorkingBudget.usable`.
ALTER TABLE agent ADD COLUMN usable_budget int NOT NULL GENERATED ALWAYS AS
    (least(greatest(least(model_window, working_budget) - max_output,
                    least(model_window, working_budget) / 2),
           model_window - max_output)) STORED;
