"""`full_build`: a new app, from the request to the link."""

from bot.workflows.build_app import build_app
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="full_build",
    when="a new app, or one that is made anew from the ground up",
    agents=("designer", "frontend", "qa", "code_reviewer", "devops"),
    also=("backend",),
    run=build_app,
)
