"""`custom`: the steps that the plan picks, in the order in which they make sense."""

from collections.abc import Awaitable, Callable

from bot.workflows.build_context import BuildContext
from bot.workflows.review import review
from bot.workflows.steps import design, implement, model_data, publish
from bot.workflows.workflow import Workflow

_STEPS: tuple[tuple[str, Callable[[BuildContext], Awaitable[None]]], ...] = (
    ("designer", design),
    ("backend", model_data),
    ("frontend", implement),
    ("frontend", review),
    ("devops", publish),
)


async def custom(context: BuildContext) -> None:
    """Take the steps of the agents in the plan."""
    for agent_type, step in _STEPS:
        if context.has(agent_type):
            await step(context)


WORKFLOW = Workflow(
    name="custom",
    when="none of the others fits: `agents_needed` says who works, such as a designer and a "
    "frontend engineer for a new look of an app that exists",
    agents=("frontend", "devops"),
    also=("designer", "backend", "qa", "code_reviewer"),
    run=custom,
)
