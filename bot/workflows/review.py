"""The review: the work is tried and read by others, and sent back with what they found.

The engineer fixes it in the same context. It ends early when it gets no better, or when the
engineer fails at it; the best files go on, and what is wrong with them is told. A change that
could not be tried takes the place of what works only if who has read it found nothing that blocks.
"""

import logging
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.builds.phases import Phase
from bot.builds.rounds import (
    Assessment,
    Round,
    best_of,
    is_over,
    judge_round,
    list_rounds,
    note_opinion,
    open_round,
    restore_files,
)
from bot.checks.acceptance import Acceptance
from bot.crew import transcript
from bot.crew.agent_specs import FRONTEND
from bot.crew.assignment import Outcome, Submitted
from bot.crew.browser_tools import failed_pages
from bot.crew.standing_list import expected_beforehand, standing_list
from bot.crew.trials import find_trial_of_files
from bot.crew.views import labelled_ends, labelled_views
from bot.errors import ChangeUntried
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.projects.versions import find_earlier
from bot.workflows.assessment import assess, picture_of
from bot.workflows.build_context import BuildContext
from bot.workflows.first_look import goes_straight_back, is_unchanged, look_first
from bot.workflows.grown_change import judge_what_it_became
from bot.workflows.looks import is_low, lowest_for, with_looks
from bot.workflows.review_briefs import handed_in
from bot.workflows.reviewers import Opinions, collect_opinions
from bot.workflows.substitutes import UNANSWERED, goes_on_without
from telemetry.events import looks_judged, round_judged

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

log = logging.getLogger(__name__)

PAGES_LIMIT = 3_000  # characters of the pages where steps failed, for the engineer
PICTURED = "The page where it shows first:"
_BROKEN_OFF = "The files are as the review found them best; an attempt to fix more was broken off."


async def review(context: BuildContext) -> None:
    """Judge and fix, round by round, then let the best round's files go on."""
    await context.enter(Phase.REVIEW, reason="the files are written")
    await judge_what_it_became(context)
    rounds = await _rounds(context)
    while rounds[-1].outcome is None or not is_over(rounds):
        if rounds[-1].outcome is None:
            await _judge(context, rounds[-1])
        else:
            try:
                await _mend(context, rounds[-1])
            except UNANSWERED as error:
                if not await goes_on_without(context, error):
                    raise
                log.warning("build %s is not fixed: %s", context.build.build_id, error)
                await _settle_for(context, best_of(rounds))
        rounds = await _rounds(context)
    best = best_of(rounds)
    if best is not rounds[-1]:
        async with context.lease.transaction() as connection:
            await restore_files(connection, context.build, best.number)
    await _keep_what_works(context, best)
    await _accept(context)


async def _keep_what_works(context: BuildContext, best: Round) -> None:
    """Raises `ChangeUntried` where the version that is online is the better one.

    Who lets it go on then has the same files judged once more.
    """
    if best.is_sound or best.works is not None:
        return
    async with context.lease.transaction() as connection:
        build = context.build
        if await find_earlier(connection, build.project_id, build.request_id) is None:
            return
        await open_round(connection, context.build)
    raise ChangeUntried("the change could not be tried, and nobody who read it lets it go out")


async def _rounds(context: BuildContext) -> list[Round]:
    async with context.services.pool.connection() as connection:
        return await list_rounds(connection, context.build.build_id)


async def _judge(context: BuildContext, current: Round) -> None:
    """Hear all opinions on a round, and store what follows; the user hears of a further one."""
    first = await look_first(context)
    opinions = Opinions()
    if not await goes_straight_back(context, current, first):
        is_as_said = current.has_page and (first is None or first.passed)
        if is_as_said and not await is_unchanged(context, current):
            await _say_it_is_built(context)
        opinions = await collect_opinions(context, current, first)
    async with context.lease.transaction() as connection:
        trial = await find_trial_of_files(connection, context.build.build_id, current.manifest)
        *earlier, _ = await list_rounds(connection, context.build.build_id)
        expected = None if earlier else await _yet_to_be_shown(connection, context, opinions)
        lowest = await lowest_for(connection, context.build)
        assessment = assess(opinions, trial, current.number, expected, lowest)
        assessment = with_looks(assessment, opinions.verdict, earlier, current.number, lowest)
        await judge_round(connection, context.build, current.number, assessment)
        rounds = await list_rounds(connection, context.build.build_id)
        if not is_over(rounds):
            is_sound = assessment.wants_polish
            say = build_texts.POLISHING if is_sound else build_texts.fixing(assessment.faults)
            await context.tell(connection, MessageKind.MENDING, say, number=current.number)
    round_judged(round=current.number, outcome=assessment.outcome, blocking=assessment.blocking)
    if assessment.looks is not None:
        looks_judged(
            round=current.number, wants_polish=assessment.wants_polish, scores=assessment.looks
        )


async def _yet_to_be_shown(
    connection: AsyncConnection, context: BuildContext, opinions: Opinions
) -> Acceptance | None:
    """What the app must do, for an engineer who has not seen it; as QA has corrected it since."""
    expected = await expected_beforehand(connection, context.build)
    if expected is None or opinions.verdict is None:
        return expected
    return await standing_list(connection, context.build.project_id)


async def _say_it_is_built(context: BuildContext) -> None:
    """The user hears what there is now, once a build and not before code has seen it work."""
    async with context.lease.transaction() as connection:
        say = build_texts.built(await handed_in(connection, context.build))
        await context.tell(connection, MessageKind.BUILT, say, once_a_build=True)


async def _mend(context: BuildContext, faulty: Round) -> None:
    """The engineer goes on with what was found, and hands in again."""

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        await open_round(connection, context.build)
        return Submitted()

    await context.perform(FRONTEND, finish, sent_back=await _words(context, faulty))


async def _settle_for(context: BuildContext, best: Round) -> None:
    """Hand in the best files again, as they were judged: a round that is no better is the last."""
    known = Assessment(
        outcome=best.outcome or "faulty",
        works=best.works,
        blocking=best.blocking or 0,
        score=best.score,
        faults=best.faults or [],
        evidence=best.evidence or "",
        looks=best.looks,
    )
    async with context.lease.transaction() as connection:
        await restore_files(connection, context.build, best.number)
        number = await open_round(connection, context.build)
        await note_opinion(connection, context.build, number, "verdict", best.verdict)
        await note_opinion(connection, context.build, number, "review", best.review)
        await judge_round(connection, context.build, number, known)


async def _words(context: BuildContext, faulty: Round) -> "list[ContentBlockParam]":
    """What the engineer reads: the findings and, where they show something, the pages."""
    async with context.services.pool.connection() as connection:
        trial = await find_trial_of_files(connection, context.build.build_id, faulty.manifest)
    failed = failed_pages(trial.report.failed_steps, PAGES_LIMIT) if trial else []
    words = transcript.note("\n\n".join([faulty.evidence or "", *failed]))
    is_of_looks = faulty.wants_polish or is_low(faulty.looks)
    views = [*labelled_views(trial.views), *labelled_ends(trial)] if trial and is_of_looks else []
    picture = picture_of(trial)
    if picture is None:
        return [words, *views]
    return [words, transcript.note(PICTURED), transcript.picture(picture), *views]


async def _accept(context: BuildContext) -> None:
    """The engineer is done, and whoever publishes gets a brief."""

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        return context.brief_after(FRONTEND, "built", answer or _BROKEN_OFF)

    await context.conclude(FRONTEND, finish)
