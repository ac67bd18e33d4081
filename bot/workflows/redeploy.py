"""`redeploy`: the files as they are go online again, and the link is tried."""

from bot.workflows.build_context import BuildContext
from bot.workflows.steps import publish_again
from bot.workflows.workflow import Workflow


async def redeploy(context: BuildContext) -> None:
    """Publish what is there; nobody changes a file."""
    await publish_again(context)


WORKFLOW = Workflow(
    name="redeploy",
    when="nothing is to be changed: they want the app published again, its link, or to know "
    "whether the link still works",
    agents=("devops",),
    needs_files=True,
    run=redeploy,
)
