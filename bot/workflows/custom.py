"""`custom`: the agents that the plan picks, in the order in which they make sense."""

from bot.workflows.build_context import BuildContext
from bot.workflows.review import review
from bot.workflows.specification import specify
from bot.workflows.steps import implement, publish
from bot.workflows.workflow import Workflow


async def custom(context: BuildContext) -> None:
    """Specify what the plan wants specified, change the files, prove that they work, publish."""
    await specify(context)
    await implement(context)
    await review(context)
    await publish(context)


WORKFLOW = Workflow(
    name="custom",
    when="none of the others fits: `agents_needed` says who works, such as a designer and a "
    "frontend engineer for a new look of an app that exists",
    agents=("frontend", "devops"),
    also=("designer", "backend", "qa", "code_reviewer"),
    run=custom,
)
