"""`full_build`: a new app, from the request to the link."""

from bot.workflows.build_context import BuildContext
from bot.workflows.review import review
from bot.workflows.specification import specify
from bot.workflows.steps import implement, publish
from bot.workflows.workflow import Workflow


async def full_build(context: BuildContext) -> None:
    """Design it, write it, prove that it works, publish it."""
    await specify(context)
    await implement(context)
    await review(context)
    await publish(context)


WORKFLOW = Workflow(
    name="full_build",
    when="a new app, or one that is made anew from the ground up",
    agents=("designer", "frontend", "qa", "code_reviewer", "devops"),
    also=("backend",),
    run=full_build,
)
