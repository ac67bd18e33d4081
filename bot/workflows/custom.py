"""`custom`: the agents that the plan picks, in the order in which they make sense."""

from bot.workflows.build_app import build_app
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="custom",
    when="none of the others fits: `agents_needed` says who works, such as a designer and a "
    "frontend engineer for a new look of an app that exists",
    agents=("frontend", "devops"),
    also=("designer", "backend", "qa", "code_reviewer"),
    run=build_app,
)
