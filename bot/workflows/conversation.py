"""`conversation`: what looked like a request for an app is only talk, and is answered as such."""

from bot.workflows.steps import answer
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="conversation",
    when="there is nothing to build or to change; `summary` is then the whole answer to the user",
    agents=(),
    quiet=True,
    run=answer,
)
