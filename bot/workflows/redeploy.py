"""`redeploy`: the files as they are go online again, and the link is tried."""

from bot.workflows.steps import publish_again
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="redeploy",
    when="nothing is to be changed: they want the app published again, its link, or to know "
    "whether the link still works",
    agents=("devops",),
    needs_files=True,
    run=publish_again,
)
