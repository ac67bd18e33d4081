"""`bug_fix`: a change to an app that exists, from the wish to the next version."""

from bot.workflows.stage import Stage
from bot.workflows.steps import implement, publish


async def bug_fix(stage: Stage) -> None:
    """Change the files, publish them."""
    await implement(stage)
    await publish(stage)
