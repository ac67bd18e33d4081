"""Those who judge a round: the browser, QA and the code reviewer, each with fresh eyes.

QA tries the app first. Code that does not work is not read: it is about to change. Who fails to
give an opinion has not given a good one.
"""

import logging
from dataclasses import dataclass
from typing import Literal, TypeVar

from psycopg import AsyncConnection
from pydantic import BaseModel

from bot.builds.rounds import Round, note_opinion
from bot.checks.acceptance import Acceptance
from bot.checks.chromium import find_chromium
from bot.crew.agent_specs import CODE_REVIEWER, QA, AgentSpec
from bot.crew.assignment import Outcome
from bot.crew.briefs import file_list, opening
from bot.crew.browser_runs import BrowserRun, latest_list, latest_trial, try_app
from bot.crew.browser_tools import told
from bot.crew.user_words import words_for_judges
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)
from bot.languages.i18n import current_locale
from bot.languages.locales import name
from bot.model.answers import CodeReview, Verdict
from bot.projects.workspace import Workspace
from bot.workflows.build_context import BuildContext

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

SOURCES_LIMIT = 60_000  # characters of the files that QA is shown
SHOWN_TYPES = (".html", ".js", ".mjs", ".json")  # what tells how the page behaves
NO_REVIEW = "null"

FAILURES = (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """What was said of a round; `wanted` names who was asked. None is a missing opinion."""

    wanted: frozenset[str] = frozenset()
    verdict: Verdict | None = None
    review: CodeReview | None = None


async def collect_reviews(context: BuildContext, current: Round) -> Reviews:
    """Ask whoever has a say in this build; what was said before is not asked for again."""
    wanted: set[str] = set()
    verdict = review = None
    trial = await _first_look(context)
    if context.has("qa") and _is_testable(context, trial):
        wanted.add("qa")
        said = current.verdict or await _test(context, current, trial)
        verdict = _read(Verdict, said)
    elif trial is None:
        trial = await try_app(context.services, context.lease, context.build, None)
    if context.has("code_reviewer") and await _is_worth_reading(context, current, wanted, verdict):
        wanted.add("code_reviewer")
        said = current.review or await _read_code(context, current)
        review = _read(CodeReview, said)
    return Reviews(wanted=frozenset(wanted), verdict=verdict, review=review)


async def _first_look(context: BuildContext) -> BrowserRun | None:
    """What comes of the list that QA made in an earlier round; None in the first one."""
    async with context.services.pool.connection() as connection:
        acceptance = await latest_list(connection, context.build.build_id)
    if acceptance is None:
        return None
    return await try_app(context.services, context.lease, context.build, acceptance)


def _is_testable(context: BuildContext, trial: BrowserRun | None) -> bool:
    if trial is not None:
        return True
    return context.services.settings.check_apps and find_chromium() is not None


async def _is_worth_reading(
    context: BuildContext, current: Round, wanted: set[str], verdict: Verdict | None
) -> bool:
    if current.review is not None:
        return True
    async with context.services.pool.connection() as connection:
        trial = await latest_trial(connection, context.build.build_id, current.manifest)
    is_refused = "qa" in wanted and (verdict is None or not verdict.works)
    return not is_refused and (trial is None or trial.passed)


async def _test(context: BuildContext, current: Round, trial: BrowserRun | None) -> str:
    """QA's verdict, as JSON."""
    parts = await _asked_for(context)
    if trial is not None and trial.acceptance is not None:
        parts |= {"acceptance": _as_json(trial.acceptance), "evidence": told(trial)}
    async with context.services.pool.connection() as connection:
        workspace = Workspace(connection, context.build.project_id)
        parts["files"] = file_list(await workspace.list_files())
        if trial is None:
            parts["sources"] = _sources(await workspace.read_texts())
    return await _ask(context, current, QA, "verdict", opening(**parts))


async def _read_code(context: BuildContext, current: Round) -> str:
    """The code reviewer's findings, as JSON."""
    parts = await _asked_for(context) | {"files": file_list(await context.files())}
    return await _ask(context, current, CODE_REVIEWER, "review", opening(**parts))


async def _asked_for(context: BuildContext) -> dict[str, str]:
    """What the app is to be judged by, and the language to say it in."""
    async with context.services.pool.connection() as connection:
        words = await words_for_judges(connection, context.build)
    return words | {"language": name(current_locale()), "plan": context.plan.summary}


async def _ask(
    context: BuildContext,
    current: Round,
    spec: AgentSpec,
    kind: Literal["verdict", "review"],
    brief: str,
) -> str:
    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        said = answer or NO_REVIEW
        await note_opinion(connection, context.build, current.number, kind, said)
        return None

    try:
        return await context.perform(spec, finish, opening=brief, fresh=True)
    except FAILURES as error:
        log.warning("build %s goes on without the %s: %s", context.build.build_id, kind, error)
        await context.give_up(spec, finish)
        return NO_REVIEW


def _read(model: type[T], said: str) -> T | None:
    return None if said == NO_REVIEW else model.model_validate_json(said)


def _as_json(acceptance: Acceptance) -> str:
    return acceptance.model_dump_json(indent=1)


def _sources(texts: dict[str, str]) -> str:
    """The files that tell how the page behaves, one after the other."""
    shown = [f"=== {path}\n{text}" for path, text in texts.items() if path.endswith(SHOWN_TYPES)]
    joined = "\n".join(shown)
    cut = len(joined) - SOURCES_LIMIT
    return joined if cut <= 0 else f"{joined[:SOURCES_LIMIT]}\n[cut: {cut} more characters]"
