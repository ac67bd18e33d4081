"""`full_build`: a new app, from the wish to the link."""

from bot.workflows.steps import Stage, design, implement, publish


async def full_build(stage: Stage) -> None:
    """Design it, write it, publish it."""
    await design(stage)
    await implement(stage)
    await publish(stage)
