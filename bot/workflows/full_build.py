"""`full_build`: a new app, from the wish to the link."""

from bot.workflows.stage import Stage
from bot.workflows.steps import design, implement, publish


async def full_build(stage: Stage) -> None:
    """Design it, write it, publish it."""
    await design(stage)
    await implement(stage)
    await publish(stage)
