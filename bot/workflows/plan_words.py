"""A plan as those who work by it read it: words, not the form that the planner filled in."""

from bot.model.answers import Plan


def in_words(plan: Plan) -> str:
    """What is made and how, a line for each; what was not said has none."""
    lines = {
        "Title": plan.title,
        "What the user was told they get": plan.summary,
        "What the app is": plan.description,
        "New controls": ", ".join(f"{one.role} “{one.name}”" for one in plan.controls),
        "Why": plan.reasoning,
        "Way of working": f"{plan.workflow}, {plan.estimated_complexity}",
        "Who works on it": ", ".join(plan.agents_needed),
    }
    return "\n".join(f"{name}: {said}" for name, said in lines.items() if said)
