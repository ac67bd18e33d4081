"""`bug_fix`: a change to an app that exists, from the request to the next version."""

from bot.workflows.build_context import BuildContext
from bot.workflows.review import review
from bot.workflows.specification import specify
from bot.workflows.steps import implement, publish
from bot.workflows.workflow import Workflow


async def bug_fix(context: BuildContext) -> None:
    """Change the files, prove that they work, publish them."""
    await specify(context)
    await implement(context)
    await review(context)
    await publish(context)


WORKFLOW = Workflow(
    name="bug_fix",
    when=(
        "a change to the files that exist: something is broken, missing or should be different. "
        "Leave qa and code_reviewer out where only words, colours or sizes change"
    ),
    agents=("frontend", "devops"),
    also=("backend", "qa", "code_reviewer"),
    needs_files=True,
    run=bug_fix,
)
