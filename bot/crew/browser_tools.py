"""Tools that try the app in a browser, which takes its time."""

from collections.abc import Sequence
from hashlib import sha256

from psycopg import AsyncConnection
from pydantic import Field

from bot.checks.acceptance import Acceptance, joined
from bot.checks.limits import TIME_LIMIT
from bot.checks.report import CHECKS, LOOKED_AT, FailedStep
from bot.crew.images import stored_picture
from bot.crew.standing_list import objection_to, standing_list
from bot.crew.tools import BeforeTransaction, Tool, ToolContent, ToolContext, ToolInput
from bot.crew.transcript import note
from bot.crew.trials import Trial, count_trials, find_last_trial, find_trial, try_app
from bot.crew.views import labelled_ends, labelled_views

TRIAL_LIMIT = 4  # of the same files, each with another list
BROKEN_OFF_LIMIT = 2  # of such trials that did not come to the end of their list
OUTLINE_LIMIT = 6_000  # characters of the page's outline, or of those at failed steps together

NO_BROWSER = "There is no browser here, so nothing can be tried. Go on without."
AT_FAILURE = "The page at the first step that failed:"
ENOUGH = "These files were tried often enough. Answer with what you know."
NEVER_ENDS = (
    "The check has not come to the end of a list on these files, and is not made again. Say in "
    "`summary` what you saw; `works` is null, and `failures` has only what you saw fail."
)
TOO_BUSY = (
    "The machine was too busy to try it; this says nothing about the app. Nothing was found wrong "
    "and nothing was proven. You may try the same again."
)
KNOWN = "These files were tried with this list before. This is what was seen then:"
BROKEN_OFF = (
    "This check broke off before the end of the list. That says nothing about the app: what was "
    "not reached is neither met nor failed."
)


class Look(ToolInput):
    """How the page is to be looked at."""

    pictures: bool = Field(
        default=False,  # also for who began when there were none
        description="whether to be shown it on a phone, in dark and on a desktop: after the looks "
        "have changed, else not, because the pictures take 2,200 tokens",
    )


async def _check_page(context: ToolContext, look: Look) -> ToolContent:
    trial = await try_app(context.services, context.lease, context.build, None)
    if trial is None:
        return NO_BROWSER
    return _shown(trial) if look.pictures else render_trial(trial)


async def try_page(context: ToolContext, wanted: Acceptance) -> ToolContent:
    """Click through the list, unless it proves nothing or the files were tried often enough."""
    async with context.services.pool.connection() as connection:
        given, wanted = wanted, await whole_list(connection, context, wanted)
        known = await find_trial(connection, context.build, wanted)
        if known is None and (refusal := await _refusal(connection, context, given)):
            return refusal
    if known is not None:
        return _shown(known, KNOWN)
    trial = await try_app(context.services, context.lease, context.build, wanted)
    return NO_BROWSER if trial is None else _shown(trial)


async def whole_list(
    connection: AsyncConnection, context: ToolContext, wanted: Acceptance
) -> Acceptance:
    """The list with all that was agreed and is not in it.

    One that fails is left out where others prove instead what it was to prove.
    """
    standing = await standing_list(connection, context.build.project_id)
    if standing is None:
        return wanted
    last = await find_last_trial(connection, context.build)
    unmet = last.trial.unmet if last else frozenset[str]()
    agreed = {one.criterion for one in standing.criteria}
    given = {one.criterion for one in wanted.criteria}
    instead = {
        number
        for one in wanted.criteria
        if one.criterion not in agreed
        for number in one.requirements
    }
    staying = [
        one
        for one in standing.criteria
        if one.criterion not in given
        and not (one.criterion in unmet and set(one.requirements) <= instead)
    ]
    if not staying:
        return wanted
    rest = standing.model_copy(update={"criteria": staying})
    return joined([wanted, rest], gone=frozenset()) or wanted


async def _refusal(
    connection: AsyncConnection, context: ToolContext, wanted: Acceptance
) -> str | None:
    """Why a list is not tried, if it is not."""
    ended, broken_off = await count_trials(connection, context.build)
    if broken_off >= BROKEN_OFF_LIMIT:
        return NEVER_ENDS
    if ended >= TRIAL_LIMIT:
        return ENOUGH
    fault = await objection_to(connection, context.build, wanted)
    return f"Nothing was tried: {fault}" if fault else None


def _shown(trial: Trial, *before: str) -> ToolContent:
    """What an agent reads of a trial, how the app looks, and the page where a step failed first."""
    words = "\n\n".join([*before, render_trial(trial)])
    pictures = [*labelled_views(trial.views), *labelled_ends(trial)]
    if trial.report.failure_picture is not None:
        failed = stored_picture(sha256(trial.report.failure_picture).hexdigest())
        pictures = [*pictures, note(AT_FAILURE), failed]
    return [note(words), *pictures] if pictures else words


def render_trial(trial: Trial) -> str:
    """What an agent reads of a trial: the evidence and, where something is wrong, the page."""
    if trial.is_of_nothing:
        return TOO_BUSY
    evidence = trial.report.findings_for_agent(frozenset(CHECKS) if trial.acceptance else LOOKED_AT)
    is_broken_off = trial.acceptance is not None and not trial.report.reached_its_list
    parts = [*([BROKEN_OFF] if is_broken_off else []), evidence, *_met(trial)]
    if trial.report.failed_steps:
        parts += failed_pages(trial.report.failed_steps, OUTLINE_LIMIT)
    elif not trial.passed and trial.report.outline:
        outline = trial.report.outline[:OUTLINE_LIMIT]
        parts.append(f"The page as it opens, for assistive technology:\n{outline}")
    return "\n\n".join(parts)


def failed_pages(failed: Sequence[FailedStep], room: int) -> list[str]:
    """The page where each step failed, as much of each as there is room for, in characters.

    A page is told once, however many steps failed on it.
    """
    steps: dict[str, list[str]] = {}
    for one in failed:
        steps.setdefault(one.outline, []).append(one.step)
    share = room // max(len(steps), 1)
    return [
        f"The page at {'; at '.join(at)}, for assistive technology:\n{outline[:share]}"
        for outline, at in steps.items()
    ]


def _met(trial: Trial) -> list[str]:
    """The criteria that are met, of those that were clicked through."""
    if trial.acceptance is None:
        return ["What the app is to do was not clicked through here; QA does that."]
    if "acceptance" not in trial.report.ran:
        return []
    criteria = [one.criterion for one in trial.acceptance.criteria]
    met = [f"- {criterion}" for criterion in criteria if criterion not in trial.unmet]
    return ["\n".join([f"{len(met)} of {len(criteria)} criteria are met:", *met])]


CHECK_PAGE = Tool(
    name="check_page",
    description=(
        "Open the page in a browser on a phone and on a desktop, press its buttons, fill its forms "
        "with examples, and read what is wrong. Use it once all that you wanted to write is "
        "written, after a fix that you are not sure of, and first of all when you go on with "
        "somebody else's work; not after each file. It does not know the request: whether the app "
        "does what was asked for is tried by QA. Gives text, with `pictures` also how it looks on "
        "a phone, in dark and on a desktop: what was pressed and filled, the findings, each "
        "blocking or advice, and where one blocks, the page's outline as assistive technology "
        f"reads it. Takes up to {TIME_LIMIT:.0f} seconds, on a busy machine more, and must be the "
        "only tool of its turn; the same files are looked at once, a second call gives the same "
        "answer at no cost."
    ),
    input=Look,
    runs=BeforeTransaction(_check_page),
)

TRY_PAGE = Tool(
    name="try_page",
    description=(
        "Open the page in a browser and click through the acceptance list on it, each criterion on "
        "a page that was never used before. Use it for every list that you want to judge the app "
        "by, all criteria at once; not to look at one step after the other. What was agreed and is "
        "not in your list is tried with it, but what failed and yours proves instead. Gives text: "
        "which criteria are met, for each that is not the step at which it failed and the page "
        "there, what else is wrong and then the page's outline; and pictures of how it looks. "
        "Names of controls are those that a user reads. Takes up to "
        f"{TIME_LIMIT:.0f} seconds, on a busy machine more, and must be the only tool of its turn. "
        "The same list on the same files is tried to its end once; at most "
        f"{TRIAL_LIMIT} lists on the same files."
    ),
    input=Acceptance,
    runs=BeforeTransaction(try_page),
)
