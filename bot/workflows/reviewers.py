"""Those who judge a round: the browser, QA and the code reviewer, each with fresh eyes.

The browser comes first, at no call: the page is looked at, and what was agreed of the app is tried.
What it finds broken goes back before anybody is asked, and so does what is not as QA has written it
down before the code. Then QA looks at it while the reviewer reads. Where a list has yet to be made,
or fails, QA comes first: code that does not work is about to change. Who gives no opinion, or one
of an app that nobody tried, is asked once more; a missing opinion is no good one.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from psycopg import AsyncConnection
from pydantic import BaseModel

from bot.builds.rounds import Round, list_rounds, note_opinion
from bot.cancellation import side_by_side
from bot.checks.acceptance import Acceptance
from bot.collections.schemas import DEFINITIONS
from bot.crew.agent_specs import CODE_REVIEWER, CODE_REVIEWER_OF_MUCH, QA, AgentSpec
from bot.crew.assignment import Outcome
from bot.crew.briefs import TODAY, file_list, opening, today
from bot.crew.browser_runs import AGREED, BrowserRun, latest_trial, try_app
from bot.crew.browser_tools import told
from bot.crew.common_ground import common_ground
from bot.crew.sources import PAGE_TYPES, changed_lines, fits, sources
from bot.crew.standing_list import find_agreed, standing_list
from bot.crew.transcript import listed_findings
from bot.crew.user_words import REQUIREMENTS, requirements_block
from bot.crew.views import labelled_ends, labelled_views
from bot.languages.i18n import current_locale
from bot.languages.locales import name
from bot.model.answers import CodeReview, Verdict
from bot.model.roles import role_prompt
from bot.projects.versions import find_current, read_current_texts
from bot.projects.workspace import Workspace
from bot.workflows.build_context import BuildContext
from bot.workflows.substitutes import FAILURES

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

ATTEMPTS = 2  # at an opinion
BOTH = frozenset({"qa", "code_reviewer"})
NO_REVIEW = "null"


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """What was said of a round; `wanted` names who was asked. None is a missing opinion."""

    wanted: frozenset[str] = frozenset()
    verdict: Verdict | None = None
    review: CodeReview | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether QA says that it cannot tell."""
        return self.verdict is not None and self.verdict.works is None

    def leave_untried(self, trial: BrowserRun | None) -> bool:
        """Whether nobody could try the app: nothing speaks against it then, and nothing for it."""
        if trial is None or trial.is_unfinished:
            return True
        return self.is_unsure and trial.acceptance is None and not trial.report.blocking


async def collect_reviews(
    context: BuildContext, current: Round, trial: BrowserRun | None
) -> Reviews:
    """Ask whoever has a say in this build, after the first look (`look_first`).

    Nobody where that found it broken, or not as it was agreed before the code, and nobody where it
    is as it is online and all of its list is met. What was said before is not asked for again.
    """
    if trial is not None and (trial.is_broken or await _breaks_agreement(context, current, trial)):
        return Reviews()
    is_proven = trial is not None and (
        trial.is_accepted or (trial.passed and not context.has("qa"))
    )
    if is_proven and await is_unchanged(context, current):
        return Reviews()
    wants_qa = (context.has("qa") and trial is not None) or has_lost_something(trial)
    # What was not tried goes out only if it was read.
    is_untried = trial is not None and trial.is_unfinished
    wants_reviewer = context.has("code_reviewer") or is_untried
    if wants_qa and wants_reviewer and trial is not None and trial.is_accepted:
        said, read = await side_by_side(
            _verdict(context, current, trial), _review(context, current)
        )
        return Reviews(wanted=BOTH, verdict=_read(Verdict, said), review=_read(CodeReview, read))
    wanted: set[str] = set()
    verdict: Verdict | None = None
    review: CodeReview | None = None
    if wants_qa:
        wanted.add("qa")
        verdict = _read(Verdict, await _verdict(context, current, trial))
    so_far = Reviews(wanted=frozenset(wanted), verdict=verdict)
    if wants_reviewer and await _is_worth_reading(context, current, so_far):
        wanted.add("code_reviewer")
        review = _read(CodeReview, await _review(context, current))
    return Reviews(wanted=frozenset(wanted), verdict=verdict, review=review)


async def is_unchanged(context: BuildContext, current: Round) -> bool:
    """Whether the files that were handed in are those that are online."""
    async with context.services.pool.connection() as connection:
        online = await find_current(connection, context.build.project_id)
    return online is not None and online.manifest == current.manifest


async def _breaks_agreement(context: BuildContext, current: Round, trial: BrowserRun) -> bool:
    """Whether the app that is handed in first does not do what QA wrote down before its code.

    The engineer has not seen that list yet. If it still does not after they have, QA says which of
    the two is wrong.
    """
    if current.number > 1:
        return False
    async with context.services.pool.connection() as connection:
        agreed = await find_agreed(connection, context.build)
    return agreed is not None and bool(agreed.sentences & trial.unmet)


async def look_first(context: BuildContext) -> BrowserRun | None:
    """What the browser sees, with the list that QA made in an earlier round or build if any.

    None where no browser can be had.
    """
    async with context.services.pool.connection() as connection:
        acceptance = await standing_list(connection, context.build.project_id)
    return await try_app(context.services, context.lease, context.build, acceptance)


def has_lost_something(trial: BrowserRun | None) -> bool:
    """Whether a criterion that was met before is not, or the page speaks another language.

    QA says whether it was meant to be so.
    """
    return trial is not None and any(one.check in AGREED for one in trial.report.blocking)


async def _is_worth_reading(context: BuildContext, current: Round, opinions: Reviews) -> bool:
    if current.review is not None:
        return True
    async with context.services.pool.connection() as connection:
        trial = await latest_trial(connection, context.build.build_id, current.manifest)
    if trial is None or opinions.leave_untried(trial):
        return True
    is_refused = "qa" in opinions.wanted and not (opinions.verdict and opinions.verdict.works)
    return not is_refused and trial.passed


async def _verdict(context: BuildContext, current: Round, trial: BrowserRun | None) -> str:
    """QA's verdict, as JSON."""
    if current.verdict:
        return current.verdict

    async def brief() -> str:
        return await _brief_of_qa(context, current, await _tried_list(context, current) or trial)

    async def has_tried() -> bool:
        return await _tried_list(context, current) is not None

    return await _ask(context, current, QA, "verdict", brief, has_tried)


async def _brief_of_qa(context: BuildContext, current: Round, trial: BrowserRun | None) -> str:
    words, material = await _asked_for(context), await _found_before(context, current)
    words[TODAY] = today()
    # Without a list it has yet to try one, and sees the app then.
    tried = trial if trial is not None and trial.acceptance is not None else None
    if tried is not None and tried.acceptance is not None:
        material |= {"acceptance": _as_json(tried.acceptance), "evidence": told(tried)}
    views = [*labelled_views(tried), *labelled_ends(tried)] if tried else []
    texts = await _texts(context)
    material |= await _common_ground(context)
    pages = {path: text for path, text in texts.items() if path != DEFINITIONS}
    material["sources"] = sources(pages, PAGE_TYPES)
    return opening(words, material, views)


async def _tried_list(context: BuildContext, current: Round) -> BrowserRun | None:
    """What was seen when a list was last clicked through on the files of a round, whoever asked."""
    async with context.services.pool.connection() as connection:
        latest = await latest_trial(connection, context.build.build_id, current.manifest)
    return latest if latest is not None and latest.acceptance is not None else None


async def _review(context: BuildContext, current: Round) -> str:
    """The code reviewer's findings, as JSON.

    It has tools to read with only where the files do not fit its brief.
    """
    if current.review:
        return current.review
    words, texts = await _asked_for(context), await _texts(context)
    if DEFINITIONS in texts:
        words["collections_api"] = role_prompt("collections")
    material = await _found_before(context, current) | await _common_ground(context)
    material.pop("collections", None)  # one of the sources
    material |= await context.open_notes()
    material["sources"] = sources(texts)
    async with context.services.pool.connection() as connection:
        online = await read_current_texts(connection, context.build.project_id)
    if online:
        material["changed_lines"] = changed_lines(online, texts)
    spec = CODE_REVIEWER if fits(texts) else CODE_REVIEWER_OF_MUCH

    async def brief() -> str:
        return opening(words, material)

    return await _ask(context, current, spec, "review", brief)


async def _common_ground(context: BuildContext) -> dict[str, str]:
    async with context.services.pool.connection() as connection:
        return await common_ground(connection, context.build)


async def _found_before(context: BuildContext, current: Round) -> dict[str, str]:
    """What the engineer was to fix since the round before, by tag; nothing in the first one."""
    async with context.services.pool.connection() as connection:
        rounds = await list_rounds(connection, context.build.build_id)
    before = [one.evidence for one in rounds if one.number < current.number and one.evidence]
    found = listed_findings(before[-1]) if before else ()
    return {"earlier_findings": "\n".join(f"- {one}" for one in found)} if found else {}


async def _texts(context: BuildContext) -> dict[str, str]:
    async with context.services.pool.connection() as connection:
        return await Workspace(connection, context.build.project_id).read_texts()


async def _asked_for(context: BuildContext) -> dict[str, str]:
    """What the app is to be judged by, and the language to say it in."""
    async with context.services.pool.connection() as connection:
        asked = await requirements_block(connection, context.build)
    return {
        "request": context.build.request_text,
        REQUIREMENTS: asked,
        "language": name(current_locale()),
        "plan": context.plan.summary,
        "files": file_list(await context.files()),
    }


async def _is_enough() -> bool:
    return True


async def _ask(
    context: BuildContext,
    current: Round,
    spec: AgentSpec,
    kind: Literal["verdict", "review"],
    brief: Callable[[], Awaitable[str]],
    is_founded: Callable[[], Awaitable[bool]] = _is_enough,
) -> str:
    """An opinion, from a second agent where the first gave none that is founded."""

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        said = answer or NO_REVIEW
        await note_opinion(connection, context.build, current.number, kind, said)
        return None

    said = NO_REVIEW
    for attempt in range(1, ATTEMPTS + 1):
        try:
            said = await context.perform(spec, finish, opening=await brief(), fresh=True)
        except FAILURES as error:
            log.warning("build %s: no %s (%d): %s", context.build.build_id, kind, attempt, error)
            await context.give_up(spec, finish)
            said = NO_REVIEW
        if said != NO_REVIEW and await is_founded():
            break
    return said


def _read(model: type[T], said: str) -> T | None:
    return None if said == NO_REVIEW else model.model_validate_json(said)


def _as_json(acceptance: Acceptance) -> str:
    return acceptance.model_dump_json(exclude_defaults=True)
