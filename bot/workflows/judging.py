"""Those who judge a round: the browser, QA and the code reviewer, each with fresh eyes.

QA tries the app first. Code that does not work is not read: it is about to change. Who fails to
give an opinion has not given a good one.
"""

import logging
from dataclasses import dataclass
from typing import Literal, TypeVar

from psycopg import AsyncConnection
from pydantic import BaseModel

from bot.checks.acceptance import Acceptance
from bot.crew.answers import CodeReview, Verdict
from bot.crew.assignment import Outcome
from bot.crew.briefs import file_list, opening
from bot.crew.browser_tools import told
from bot.crew.cards import CODE_REVIEWER, QA, AgentCard
from bot.crew.trials import Trial, latest_list, latest_trial, try_app
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)
from bot.languages.known import name
from bot.languages.speaking import spoken
from bot.projects.browser import find_chromium
from bot.projects.rounds import Round, note_opinion
from bot.projects.workspace import Workspace
from bot.workflows.stage import Stage

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

SOURCES_LIMIT = 60_000  # characters of the files that QA is shown
SHOWN_TYPES = (".html", ".js", ".mjs", ".json")  # what tells how the page behaves
NO_OPINION = "null"

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
class Opinions:
    """What was said of a round; `wanted` names who was asked. None is a missing opinion."""

    wanted: frozenset[str] = frozenset()
    verdict: Verdict | None = None
    review: CodeReview | None = None


async def hear_opinions(stage: Stage, current: Round) -> Opinions:
    """Ask whoever has a say in this build; what was said before is not asked for again."""
    wanted: set[str] = set()
    verdict = review = None
    trial = await _first_look(stage)
    if stage.has("qa") and _is_testable(stage, trial):
        wanted.add("qa")
        said = current.verdict or await _test(stage, current, trial)
        verdict = _read(Verdict, said)
    elif trial is None:
        trial = await try_app(stage.services, stage.claim, stage.build, None)
    if stage.has("code_reviewer") and await _is_worth_reading(stage, current, wanted, verdict):
        wanted.add("code_reviewer")
        said = current.review or await _read_code(stage, current)
        review = _read(CodeReview, said)
    return Opinions(wanted=frozenset(wanted), verdict=verdict, review=review)


async def _first_look(stage: Stage) -> Trial | None:
    """What comes of the list that QA made in an earlier round; None in the first one."""
    async with stage.services.pool.connection() as connection:
        acceptance = await latest_list(connection, stage.build.build_id)
    if acceptance is None:
        return None
    return await try_app(stage.services, stage.claim, stage.build, acceptance)


def _is_testable(stage: Stage, trial: Trial | None) -> bool:
    if trial is not None:
        return True
    return stage.services.settings.check_apps and find_chromium() is not None


async def _is_worth_reading(
    stage: Stage, current: Round, wanted: set[str], verdict: Verdict | None
) -> bool:
    if current.review is not None:
        return True
    async with stage.services.pool.connection() as connection:
        trial = await latest_trial(connection, stage.build.build_id, current.manifest)
    is_refused = "qa" in wanted and (verdict is None or not verdict.works)
    return not is_refused and (trial is None or trial.passed)


async def _test(stage: Stage, current: Round, trial: Trial | None) -> str:
    """QA's verdict, as JSON."""
    parts = {
        "wish": stage.build.wish,
        "language": name(spoken()),
        "plan": stage.plan.summary,
    }
    if trial is not None and trial.acceptance is not None:
        parts |= {"acceptance": _as_json(trial.acceptance), "evidence": told(trial)}
    async with stage.services.pool.connection() as connection:
        workspace = Workspace(connection, stage.build.project_id)
        parts["files"] = file_list(await workspace.list_files())
        if trial is None:
            parts["sources"] = _sources(await workspace.read_texts())
    return await _ask(stage, current, QA, "verdict", opening(**parts))


async def _read_code(stage: Stage, current: Round) -> str:
    """The code reviewer's findings, as JSON."""
    brief = opening(
        wish=stage.build.wish,
        language=name(spoken()),
        plan=stage.plan.summary,
        files=file_list(await stage.files()),
    )
    return await _ask(stage, current, CODE_REVIEWER, "review", brief)


async def _ask(
    stage: Stage,
    current: Round,
    card: AgentCard,
    kind: Literal["verdict", "review"],
    brief: str,
) -> str:
    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        said = answer or NO_OPINION
        await note_opinion(connection, stage.build, current.number, kind, said)
        return None

    try:
        return await stage.perform(card, finish, opening=brief, anew=True)
    except FAILURES as error:
        log.warning("build %s goes on without the %s: %s", stage.build.build_id, kind, error)
        await stage.give_up(card, finish)
        return NO_OPINION


def _read(model: type[T], said: str) -> T | None:
    return None if said == NO_OPINION else model.model_validate_json(said)


def _as_json(acceptance: Acceptance) -> str:
    return acceptance.model_dump_json(indent=1)


def _sources(texts: dict[str, str]) -> str:
    """The files that tell how the page behaves, one after the other."""
    shown = [f"=== {path}\n{text}" for path, text in texts.items() if path.endswith(SHOWN_TYPES)]
    joined = "\n".join(shown)
    cut = len(joined) - SOURCES_LIMIT
    return joined if cut <= 0 else f"{joined[:SOURCES_LIMIT]}\n[cut: {cut} more characters]"
