"""What a message means and what is to be said to it, with all that is kept in mind.

The routing model tells what it is. Plain talk is then answered by the same small model in a call of
its own, which has no other task and no way to start anything.
"""

import asyncio
from dataclasses import dataclass, replace

from bot.builds.questions import Question, find_open
from bot.cancellation import end
from bot.errors import BudgetExhausted, ModelBusy
from bot.intake.buttons import TAPPED
from bot.intake.clarification import Doubt, find_doubt, is_answer_alone, wants_it
from bot.intake.incoming import Incoming
from bot.intake.routing import route
from bot.intake.small_talk import talk
from bot.languages.i18n import current_locale
from bot.memory.context import Memory, compile_memory
from bot.messages import build_texts, conversation_texts
from bot.model.answers import Route
from bot.projects.versions import Project, list_projects
from bot.services import Services
from telemetry.metrics import measured_compilation


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A message as it is meant: `incoming` has the words that count, which may be earlier ones.

    `reply` answers plain talk, and is empty otherwise. `question` is the crew's that the message
    answers. `is_assent` where the message only said yes to earlier words.
    """

    incoming: Incoming
    route: Route
    projects: list[Project]
    reply: str = ""
    question: Question | None = None
    is_assent: bool = False


async def understand_in_time(services: Services, incoming: Incoming) -> Intent:
    """Read the message. Raises the `ModelError` that kept the model from answering.

    A model that takes longer than `READING_SECONDS` counts as busy, whatever its calls still do.
    """
    reading = asyncio.create_task(understand(services, incoming))
    try:
        await asyncio.wait({reading}, timeout=services.settings.reading_seconds)
        if reading.done():
            return reading.result()
        raise ModelBusy(f"not read within {services.settings.reading_seconds:g} s")
    finally:
        await end(reading)


async def understand(services: Services, incoming: Incoming) -> Intent:
    """Read the message, however long it takes."""
    async with services.pool.connection() as connection:
        projects = await list_projects(connection, incoming.user_id)
        doubt = await find_doubt(connection, incoming.user_id)
        question = await find_open(connection, incoming.user_id)
    wanted = wants_it(incoming.body) if doubt else None
    if doubt is None and incoming.message_type in TAPPED and is_answer_alone(incoming.body):
        return Intent(
            incoming=incoming,
            route=_talk(),
            projects=projects,
            reply=conversation_texts.SETTLED_ALREADY,
        )
    if doubt and wanted:
        meant = replace(incoming, body=doubt.body)
        return Intent(incoming=meant, route=_as_asked(doubt), projects=projects, is_assent=True)
    async with services.pool.connection() as connection:
        with measured_compilation("router"):
            memory = await compile_memory(
                connection,
                user_id=incoming.user_id,
                request_id=incoming.request_id,
                message=incoming.body,
                projects=projects,
            )
    try:
        if doubt and wanted is False:
            return await _answered(services, replace(incoming, body=doubt.body), memory, projects)
        decision = await route(services, incoming, memory, question)
        if decision.kind == "unsure" and doubt:
            decision = decision.model_copy(update={"kind": "talk"})  # asked back once is enough
        if decision.kind == "answer" and question is None:
            decision = decision.model_copy(update={"kind": "talk"})
        if decision.kind == "talk":
            return await _answered(services, incoming, memory, projects, decision)
    except BudgetExhausted as error:
        sentence = build_texts.BUDGET_EXHAUSTED[error.scope]
        return Intent(incoming=incoming, route=_talk(), projects=projects, reply=sentence)
    return Intent(incoming=incoming, route=decision, projects=projects, question=question)


async def _answered(
    services: Services,
    incoming: Incoming,
    memory: Memory,
    projects: list[Project],
    decision: Route | None = None,
) -> Intent:
    decision = decision or _talk()
    reply = await talk(services, incoming, memory, decision.language)
    return Intent(incoming=incoming, route=decision, projects=projects, reply=reply)


def _as_asked(doubt: Doubt) -> Route:
    return Route(kind=doubt.kind, project=doubt.project, language=current_locale(), remember=[])


def _talk() -> Route:
    return Route(kind="talk", project=None, language=current_locale(), remember=[])
