"""The way from a plan to a version, in whichever crew: workflows differ by who works in them."""

from bot.workflows.build_context import BuildContext
from bot.workflows.review import review
from bot.workflows.specification import specify
from bot.workflows.steps import implement, publish


async def build_app(context: BuildContext) -> None:
    """Specify what the plan wants specified, write the files, prove that they work, publish them.

    Each step does without those whom the plan leaves out.
    """
    await specify(context)
    await implement(context)
    await review(context)
    await publish(context)
