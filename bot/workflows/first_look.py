"""The first look at what was handed in: by code, in a browser, at no call of the model.

The page is looked at, and what was agreed of the app is tried. What is broken goes back before
anybody is asked, and so does what does not do what was expected of it before there was its code:
only where nobody has told yet what a change outdates of that, QA is asked first.
"""

from bot.builds.rounds import Round
from bot.crew.standing_list import expected_beforehand, find_agreed, standing_list
from bot.crew.trials import Trial, try_app
from bot.projects.versions import find_earlier
from bot.workflows.build_context import BuildContext


async def look_first(context: BuildContext) -> Trial | None:
    """What the browser sees, with the list that QA made in an earlier round or build if any.

    None where no browser can be had.
    """
    async with context.services.pool.connection() as connection:
        acceptance = await standing_list(connection, context.build.project_id)
    return await try_app(context.services, context.lease, context.build, acceptance)


async def goes_straight_back(context: BuildContext, current: Round, trial: Trial | None) -> bool:
    """Whether what was seen is enough to send the round back, whatever others would say of it."""
    if trial is None:
        return False
    return trial.is_broken or await _falls_short(context, current, trial)


async def is_unchanged(context: BuildContext, current: Round) -> bool:
    """Whether the files that were handed in are those that another build has put online."""
    build = context.build
    async with context.services.pool.connection() as connection:
        online = await find_earlier(connection, build.project_id, build.request_id)
    return online is not None and online.manifest == current.manifest


async def _falls_short(context: BuildContext, current: Round, trial: Trial) -> bool:
    """Whether the app that is handed in first does not do what it was to do beforehand.

    That is what QA wrote down before the code and what earlier versions were proven to do, as QA
    corrected it for this change. The engineer has not seen that list yet. If the app still does
    not after they have, or nobody corrected anything, QA says which of the two is wrong: a fact
    that takes the place of a gap is no fault.
    """
    if current.number > 1:
        return False
    async with context.services.pool.connection() as connection:
        agreed = await find_agreed(connection, context.build)
        if agreed is None or agreed.acceptance is None:
            return False
        expected = await expected_beforehand(connection, context.build)
    criteria = expected.criteria if expected else ()
    return any(one.criterion in trial.unmet for one in criteria)
