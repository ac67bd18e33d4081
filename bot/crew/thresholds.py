"""What follows when an agent's context fills up: the agent is told, and the user once a build."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from bot.builds.phases import CHANGE
from bot.crew import transcript
from bot.crew.assignment import Assignment
from bot.crew.images import shown_tokens
from bot.crew.progress_check import lacks_progress
from bot.delivery.outbox import enqueue
from bot.messages import progress_texts
from bot.messages.kinds import MessageKind
from handoffs.checkpoints import Turn
from handoffs.lifecycle import Agent, expect_results
from handoffs.tokens import Threshold, TokenStatus, estimate_tokens

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

ANSWER_NOW = (
    "Your context is full. Answer now with what you know, in the form that you were given, and call"
    " no tool any more."
)
ROUND_OFF = (
    "Your context is filling up. Finish the piece you are at and begin no other large one. Note "
    "with your tools what whoever goes on after you must know; you may be asked to hand over soon."
)


async def tell_crossings(
    connection: AsyncConnection, assignment: Assignment, agent: Agent, status: TokenStatus
) -> None:
    """Tell the user that the app is a big one, in the transaction in which WARNING is crossed.

    Only the engineer's context grows with the app, and the user hears of the first one's; all else
    is in the trace. Of CRITICAL they hear when a successor takes over, which may never be needed.
    A change is none, however big the app is that it is made to.
    """
    if Threshold.WARNING not in status.crossed or not assignment.spec.owns_the_code:
        return
    if assignment.build.workflow == CHANGE:
        return
    await enqueue(
        connection,
        user_id=agent.user_id,
        request_id=assignment.build.current_request_id,
        kind=MessageKind.CONTEXT_WARNING,
        body=progress_texts.BIG_ONE,
        dedupe_key=f"{assignment.build.build_id}:{MessageKind.CONTEXT_WARNING}",
    )


async def weigh_results(
    connection: AsyncConnection,
    assignment: Assignment,
    agent: Agent,
    turns: list[Turn],
    results: "list[ContentBlockParam]",
) -> "tuple[Agent, list[ContentBlockParam]]":
    """The agent as it will be with these results, and the results, with a note if it fills up."""
    pending = _estimate(results)
    agent, status = await expect_results(connection, agent, pending)
    await tell_crossings(connection, assignment, agent, status)
    if agent.threshold is Threshold.CRITICAL:
        if is_to_answer(assignment, turns):
            return agent, [*results, transcript.note(ANSWER_NOW)]
        done = [*turns[:-1], replace(turns[-1], results=results)]
        if not await lacks_progress(connection, agent, done, assignment.spec.tools):
            return agent, results  # it hands over, and is told so
    if agent.threshold is not Threshold.OK and not _was_told(turns, ROUND_OFF):
        results = [*results, transcript.note(ROUND_OFF)]
    return agent, results


def is_to_answer(assignment: Assignment, turns: list[Turn]) -> bool:
    """Whether a full agent had better answer than hand over: it judges what it has seen.

    Once only; who then goes on with a tool hands over after all.
    """
    spec = assignment.spec
    is_asked_for_opinion = spec.answer is not None and bool(spec.tools)
    return is_asked_for_opinion and not _was_told(turns[:-1], ANSWER_NOW)


def _estimate(results: "list[ContentBlockParam]") -> int:
    """Tokens of results; a picture counts by its area, a paper by its pages, not by their bytes."""
    texts = [json.dumps(block) for block in results if block["type"] not in {"image", "document"}]
    return estimate_tokens(texts) + shown_tokens(results)


def _was_told(turns: list[Turn], words: str) -> bool:
    told = transcript.note(words)
    return any(told in turn.results for turn in turns if turn.results)
