"""`bug_fix`: a change to an app that exists, from the wish to the next version."""

from bot.crew.answers import Plan
from bot.workflows.steps import Stage, implement, publish


async def bug_fix(stage: Stage, plan: Plan) -> None:
    """Change the files, publish them."""
    await implement(stage, None)
    await publish(stage)
