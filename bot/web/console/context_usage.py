"""How full an agent's context is, of a row that has the columns of its budget."""

from bot.web.console.rows import Row
from handoffs.tokens import WorkingBudget


def usage_percentage(agent: Row) -> float | None:
    """Of the usable budget; None of nobody."""
    if agent["agent_id"] is None:
        return None
    budget = WorkingBudget(
        window=agent["model_window"],
        working_budget=agent["working_budget"],
        max_output=agent["max_output"],
    )
    return budget.status(agent["occupancy"]).usage_percentage
