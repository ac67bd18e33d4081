-- What makes work visible while it is under way.

-- What of its budget an agent's conversation may fill: handoffs/tokens.py, `WorkingBudget.usable`.
ALTER TABLE agent ADD COLUMN usable_budget int NOT NULL GENERATED ALWAYS AS
    (least(greatest(least(model_window, working_budget) - max_output,
                    least(model_window, working_budget) / 2),
           model_window - max_output)) STORED;

-- When a call began, and which of its agent's turns it was for; NULL: it was made long ago, or is
-- no turn.
ALTER TABLE model_call
    ADD COLUMN began_at timestamptz,
    ADD COLUMN turn int;

-- A reservation is a call under way: whose, and what it has used so far, told once a second; how
-- much was written is an estimate until the end.
ALTER TABLE budget_reservation
    ADD COLUMN agent_id text,
    ADD COLUMN model text,
    ADD COLUMN input_tokens int NOT NULL DEFAULT 0,
    ADD COLUMN output_tokens int NOT NULL DEFAULT 0,
    ADD COLUMN cache_creation_tokens int NOT NULL DEFAULT 0,
    ADD COLUMN cache_read_tokens int NOT NULL DEFAULT 0;
