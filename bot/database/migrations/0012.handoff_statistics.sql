-- Roles and reasons go together: without this the planner takes a pair that hardly ever was for a
-- common one, and walks through all handoffs in search of fifty.
CREATE STATISTICS handoff_type_and_reason (dependencies, mcv) ON agent_type, reason FROM handoff;
