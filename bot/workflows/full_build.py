"""`full_build`: a new app, from the wish to the link."""

from bot.crew.answers import Plan
from bot.workflows.steps import Stage, design, implement, publish


async def full_build(stage: Stage, plan: Plan) -> None:
    """Design it, write it, publish it."""
    specification = await design(stage, plan)
    await implement(stage, specification)
    await publish(stage)
