"""Those who judge a round that code sends back for nothing: QA and the code reviewer.

Each comes with fresh eyes: QA looks at the app while the reviewer reads. Where a list has yet to be
made, or fails, QA comes first: code that does not work is about to change. Who gives no opinion, or
one of an app that nobody tried, is asked once more; a missing opinion is no good one.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from psycopg import AsyncConnection
from pydantic import BaseModel

from bot.builds.rounds import NO_OPINION, Round, note_opinion
from bot.cancellation import side_by_side
from bot.crew.agent_specs import (
    CODE_REVIEWER,
    CODE_REVIEWER_OF_MUCH,
    QA,
    QA_OF_PROVEN,
    AgentSpec,
)
from bot.crew.assignment import Outcome
from bot.crew.sources import fits
from bot.crew.trials import Trial, find_trial_of_files, has_lost_something
from bot.model.answers import CodeReview, Verdict
from bot.workflows.build_context import BuildContext
from bot.workflows.first_look import is_unchanged
from bot.workflows.review_briefs import brief_of_qa, brief_of_reviewer, read_texts
from bot.workflows.substitutes import UNANSWERED, goes_on_without
from handoffs.lifecycle import agents_of_request

log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

ATTEMPTS = 2  # at an opinion
BOTH = frozenset({"qa", "code_reviewer"})


@dataclass(frozen=True, kw_only=True)
class Opinions:
    """What was said of a round; `wanted` names who was asked. None is a missing opinion."""

    wanted: frozenset[str] = frozenset()
    verdict: Verdict | None = None
    review: CodeReview | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether QA says that it cannot tell."""
        return self.verdict is not None and self.verdict.works is None

    def leave_untried(self, trial: Trial | None) -> bool:
        """Whether nobody could try the app: nothing speaks against it then, and nothing for it."""
        if trial is None or trial.is_unfinished:
            return True
        return self.is_unsure and trial.acceptance is None and not trial.report.blocking


async def collect_opinions(context: BuildContext, current: Round, trial: Trial | None) -> Opinions:
    """Ask whoever has a say in this build, after the first look, which has seen `trial`.

    Nobody where the app is as it is online and all of its list is met. What was said before is not
    asked for again.
    """
    is_proven = trial is not None and (
        trial.is_accepted or (trial.passed and not context.has("qa"))
    )
    if is_proven and await is_unchanged(context, current):
        return Opinions()
    wants_qa = trial is not None and (context.has("qa") or await _has_lost(context, current))
    # What was not tried goes out only if it was read.
    is_untried = trial is not None and trial.is_unfinished
    wants_reviewer = context.has("code_reviewer") or is_untried
    if wants_qa and wants_reviewer and trial is not None and trial.is_accepted:
        said, read = await side_by_side(
            _verdict(context, current, trial), _review(context, current, trial)
        )
        return Opinions(wanted=BOTH, verdict=_read(Verdict, said), review=_read(CodeReview, read))
    wanted: set[str] = set()
    verdict: Verdict | None = None
    review: CodeReview | None = None
    if wants_qa:
        wanted.add("qa")
        verdict = _read(Verdict, await _verdict(context, current, trial))
    so_far = Opinions(wanted=frozenset(wanted), verdict=verdict)
    if wants_reviewer and await _is_worth_reading(context, current, so_far):
        wanted.add("code_reviewer")
        review = _read(CodeReview, await _review(context, current, trial))
    return Opinions(wanted=frozenset(wanted), verdict=verdict, review=review)


async def _has_lost(context: BuildContext, current: Round) -> bool:
    """Whether what was met before is not: QA says whether it was meant to be so."""
    async with context.services.pool.connection() as connection:
        return await has_lost_something(connection, context.build.build_id, current.manifest)


async def _is_worth_reading(context: BuildContext, current: Round, opinions: Opinions) -> bool:
    if current.review is not None:
        return True
    async with context.services.pool.connection() as connection:
        trial = await find_trial_of_files(connection, context.build.build_id, current.manifest)
    if trial is None or opinions.leave_untried(trial):
        return True
    is_refused = "qa" in opinions.wanted and not (opinions.verdict and opinions.verdict.works)
    return not is_refused and trial.passed


async def _verdict(context: BuildContext, current: Round, trial: Trial | None) -> str:
    """QA's verdict, as JSON."""

    async def brief() -> str:
        return await brief_of_qa(context, current, await _tried_list(context, current) or trial)

    async def has_tried() -> bool:
        return await _tried_list(context, current) is not None

    spec = QA_OF_PROVEN if trial is not None and trial.is_accepted else QA
    return await _ask(context, current, spec, "verdict", brief, has_tried)


async def _tried_list(context: BuildContext, current: Round) -> Trial | None:
    """What was seen when a list was last clicked through on the files of a round, whoever asked."""
    async with context.services.pool.connection() as connection:
        latest = await find_trial_of_files(connection, context.build.build_id, current.manifest)
    return latest if latest is not None and latest.acceptance is not None else None


async def _review(context: BuildContext, current: Round, trial: Trial | None) -> str:
    """The code reviewer's findings, as JSON.

    It has tools to read with only where the files do not fit its brief.
    """
    texts = await read_texts(context)
    spec = CODE_REVIEWER if fits(texts) else CODE_REVIEWER_OF_MUCH

    async def brief() -> str:
        seen = await _tried_list(context, current) or trial
        is_untried = seen is None or seen.is_unfinished
        return await brief_of_reviewer(context, current, texts, is_untried=is_untried)

    return await _ask(context, current, spec, "review", brief)


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
    """An opinion, from a second agent where the first gave none that is founded.

    What was said before an interruption counts, and so does who had their turn.
    """

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        said = answer or NO_OPINION
        await note_opinion(connection, context.build, current.number, kind, said)
        return None

    said = (current.verdict if kind == "verdict" else current.review) or NO_OPINION
    made = await _attempts_made(context, current, spec)
    while made < ATTEMPTS and (said == NO_OPINION or not await is_founded()):
        made += 1
        try:
            said = await context.perform(
                spec, finish, opening=await brief(), since=current.began_at
            )
        except UNANSWERED as error:
            if not await goes_on_without(context, error):
                raise
            log.warning("build %s: no %s (%d): %s", context.build.build_id, kind, made, error)
            await context.give_up(spec, finish)
            said = NO_OPINION
    return said


async def _attempts_made(context: BuildContext, current: Round, spec: AgentSpec) -> int:
    """How many agents of a role are done with a round, whether or not they had an opinion."""
    async with context.services.pool.connection() as connection:
        agents = await agents_of_request(connection, context.build.request_id)
    return sum(
        one.agent_type == spec.agent_type
        and one.result is not None
        and one.spawned_at >= current.began_at
        for one in agents
    )


def _read(model: type[T], said: str) -> T | None:
    return None if said == NO_OPINION else model.model_validate_json(said)
