"""What a message means and what is to be said to it, with all that is kept in mind.

The routing model tells what it is. Plain talk is then answered by the same small model in a call of
its own, which has no other task and no way to start anything.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.cancellation import end
from bot.database.clock import database_time
from bot.errors import BudgetExhausted, ModelBusy
from bot.intake.answers import Answer, as_clear_as_said
from bot.intake.clarification import is_answer_alone
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.open_question import ENDINGS, About
from bot.intake.reading import Reading
from bot.intake.routing import route
from bot.intake.small_talk import talk
from bot.languages.i18n import current_locale
from bot.memory.context import Memory, compile_memory
from bot.messages import budget_texts, conversation_texts
from bot.model.answers import Route
from bot.model.budgets import hours_until_renewed
from bot.services import Services
from telemetry.metrics import measured_compilation

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a model makes of a message.

    `reply` answers plain talk, and is empty otherwise. `answer` is set where it answers what is
    open.
    """

    route: Route
    reply: str = ""
    answer: Answer | None = None


async def understand(reading: Reading) -> Intent:
    """Read the message. Raises the `ModelError` that kept the model from answering.

    A model that takes longer than `READING_SECONDS` counts as busy, whatever its calls still do.
    """
    return await _in_time(reading, _understand(reading))


async def understand_as_answer(reading: Reading) -> Answer | None:
    """What the message answers of what is open, if anything; in the same time."""
    return await _in_time(reading, _understand_as_answer(reading))


async def _in_time(reading: Reading, work: Coroutine[Any, Any, T]) -> T:
    seconds = reading.services.settings.model.reading_seconds
    understanding = asyncio.create_task(work)
    try:
        await asyncio.wait({understanding}, timeout=seconds)
        if understanding.done():
            return understanding.result()
        raise ModelBusy(f"not read within {seconds:g} s")
    finally:
        await end(understanding)


async def _understand(reading: Reading) -> Intent:
    services, incoming, dialogue = reading.services, reading.incoming, reading.dialogue
    if incoming.is_tapped and is_answer_alone(incoming.body):
        return Intent(route=_as_talk(), reply=conversation_texts.SETTLED_ALREADY)
    memory = await _memory(services, incoming, dialogue)
    try:
        decision = await route(services, incoming, memory, dialogue)
        answer = _find_answered(decision, dialogue, incoming)
        if answer is not None or not _is_talk(decision, dialogue):
            return Intent(route=decision, answer=answer)
        return await _with_reply(services, incoming, memory, decision)
    except BudgetExhausted as error:
        async with services.pool.connection() as connection:
            hours = hours_until_renewed(await database_time(connection))
        return Intent(route=_as_talk(), reply=budget_texts.unread_for_budget(error.scope, hours))


async def _understand_as_answer(reading: Reading) -> Answer | None:
    """Nothing where no model may be asked any more."""
    services, incoming, dialogue = reading.services, reading.incoming, reading.dialogue
    memory = await _memory(services, incoming, dialogue)
    try:
        return _find_answered(await route(services, incoming, memory, dialogue), dialogue, incoming)
    except BudgetExhausted:
        return None


async def _memory(services: Services, incoming: Incoming, dialogue: DialogueState) -> Memory:
    async with services.pool.connection() as connection:
        with measured_compilation("router"):
            return await compile_memory(
                connection,
                user_id=incoming.user_id,
                request_id=incoming.request_id,
                message=incoming.body,
                projects=dialogue.projects,
            )


def _find_answered(decision: Route, dialogue: DialogueState, incoming: Incoming) -> Answer | None:
    """What is answered: the question that the router names, else the latest one.

    Words of the user's own are a yes to whether something shall begin or go on.
    """
    if decision.kind not in {"answer", "assent", "decline"} or not dialogue.answerable:
        return None
    if decision.kind != "answer" and dialogue.awaits_words:
        return None
    number = decision.question or 0
    named = dialogue.questions[number - 1] if 0 < number <= len(dialogue.questions) else None
    question = named if named in dialogue.answerable else dialogue.answerable[0]
    if decision.kind == "answer" and question.about in ENDINGS:
        return None
    answer = Answer(
        question=question, is_yes=decision.kind != "decline", is_mere=dialogue.quoted is None
    )
    return as_clear_as_said(answer, dialogue, incoming)


def _is_talk(decision: Route, dialogue: DialogueState) -> bool:
    """Whether nothing but words follow; so for a second doubt: asked back once is enough."""
    match decision.kind:
        case "new_build" | "change":
            return False
        case "command":
            return decision.command is None
        case "unsure":
            return any(question.about is About.DOUBT for question in dialogue.questions)
        case _:
            return True


async def _with_reply(
    services: Services, incoming: Incoming, memory: Memory, decision: Route
) -> Intent:
    """Plain talk, with what is said to it."""
    reply = await talk(services, incoming, memory, decision.language)
    return Intent(route=decision.model_copy(update={"kind": "talk"}), reply=reply)


def _as_talk() -> Route:
    """What a router would decide of plain talk, where none is asked."""
    return Route(
        kind="talk",
        command=None,
        argument=None,
        question=None,
        project=None,
        language=current_locale(),
        remember=[],
    )
