"""`bug_fix`: a change to an app that exists, from the request to the next version."""

from bot.workflows.build_app import build_app
from bot.workflows.workflow import Workflow

WORKFLOW = Workflow(
    name="bug_fix",
    when=(
        "a change to the files that exist: something is broken, missing or should be different. "
        "Leave qa and code_reviewer out where only words, colours or sizes change"
    ),
    agents=("frontend", "devops"),
    also=("backend", "qa", "code_reviewer"),
    needs_files=True,
    run=build_app,
)
