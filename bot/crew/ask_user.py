"""Asking the user, while the build waits and no worker is held."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from psycopg import AsyncConnection
from pydantic import ValidationError

from bot.builds.questions import Question, find_unanswered, store_question, suspend
from bot.crew.assignment import Assignment
from bot.crew.question_tool import Questions
from bot.crew.time_limit import not_counted
from bot.delivery.outbox import enqueue
from bot.errors import WaitsForUser
from bot.messages import conversation_texts
from bot.messages.kinds import MessageKind
from bot.messages.quick_replies import Choice
from handoffs import lifecycle
from handoffs.lifecycle import Agent, AgentState

if TYPE_CHECKING:
    from anthropic.types import ToolUseBlockParam


async def wait_for_answers(
    assignment: Assignment, agent: Agent, uses: "list[ToolUseBlockParam]"
) -> None:
    """Suspend the build if these uses of `ask_user` ask something that has no answer yet.

    Raises `WaitsForUser` then: the agent is PAUSED, and goes on with the same turn.
    """
    asked = [(use["id"], batch) for use in uses if (batch := _asked(use)) is not None]
    if not asked:
        return
    await _until_ended(assignment.beside)
    build = assignment.build
    async with assignment.lease.transaction() as connection:
        for tool_use_id, batch in asked:
            for position, one in enumerate(batch.questions, 1):
                await store_question(
                    connection,
                    build,
                    tool_use_id=tool_use_id,
                    position=position,
                    question=one.question,
                    options=one.options,
                    default_answer=one.default,
                )
        question = await find_unanswered(connection, build.build_id)
        if question is None:
            return
        await lifecycle.transition(connection, agent, AgentState.PAUSED)
        await ask(
            connection,
            question,
            request_id=build.current_request_id,
            seconds=assignment.services.settings.crew.question_timeout_seconds,
        )
    raise WaitsForUser


async def ask(
    connection: AsyncConnection, question: Question, *, request_id: UUID, seconds: int
) -> None:
    """Send a question, in the name of the request, and let the build wait so long for it."""
    await enqueue(
        connection,
        user_id=question.user_id,
        request_id=request_id,
        kind=MessageKind.QUESTION,
        body=conversation_texts.question(question, timedelta(seconds=seconds)),
        dedupe_key=f"{request_id}:{MessageKind.QUESTION}:{question.question_id}",
        choices=[
            Choice(id=f"answer {question.question_id} {number}", title=option)
            for number, option in enumerate(question.options, 1)
        ],
    )
    await suspend(connection, question, seconds=seconds)


async def _until_ended(beside: asyncio.Future[str] | None) -> None:
    """What another agent does beside comes to its end, which is paid for, before the build waits.

    Raises `CancelledError` where it fails: who awaits the two of them is told why by the other.
    """
    if beside is None:
        return
    with not_counted():
        await asyncio.wait({beside})
    if beside.cancelled() or beside.exception() is not None:
        raise asyncio.CancelledError


def _asked(use: "ToolUseBlockParam") -> Questions | None:
    """What is asked; None for input that the tool itself complains about."""
    try:
        return Questions.model_validate(use["input"])
    except ValidationError:
        return None
