"""The specification: how the page looks and what its visitors share, made side by side.

Neither needs the other's; the engineer needs both. So whoever would brief the engineer waits with
what it made until the data is defined too, and one brief says it all.
"""

from collections.abc import Coroutine
from typing import Any

from psycopg import AsyncConnection

from bot.builds.phases import Phase
from bot.cancellation import side_by_side
from bot.crew.agent_specs import BACKEND, DESIGNER, FRONTEND, ORCHESTRATOR
from bot.crew.assignment import Brief, Outcome, Submitted, working_budget
from bot.crew.briefs import file_list, opening
from bot.crew.common_ground import shared_data
from bot.crew.papers import PAPERS, papers_told
from bot.crew.user_words import REQUIREMENTS, requirements_block
from bot.errors import WorkspaceError
from bot.languages.locales import name
from bot.messages import build_texts
from bot.messages.kinds import MessageKind
from bot.model.answers import DataModel, DesignSpecification
from bot.workflows.build_context import BuildContext
from bot.workflows.plan_words import in_words
from bot.workflows.shared_data import store_collections
from bot.workflows.substitutes import NO_DATA_MODEL, NO_DESIGN, perform_or
from handoffs.document import UpstreamDependency
from handoffs.lifecycle import find_agent


async def specify(context: BuildContext) -> None:
    """Those of the two who work in this build do their part, and the engineer is briefed."""
    works: list[Coroutine[Any, Any, str]] = []
    if context.has("designer"):
        works.append(_design(context))
    if context.has("backend"):
        works.append(_model_data(context))
    if not works:
        return
    await context.enter(Phase.DESIGN, reason="the plan is made")
    said = await side_by_side(*works)
    if context.has("backend"):
        await _brief_engineer(context, said[-1])


async def _design(context: BuildContext) -> str:
    """The designer specifies the page."""

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        specification = DesignSpecification.model_validate_json(answer)
        if specification != NO_DESIGN:
            say = build_texts.design_done(specification.summary)
            await context.tell(connection, MessageKind.DESIGNED, say)
        if context.has("backend"):
            return Submitted()
        return context.brief_after(DESIGNER, "design", _shown(specification))

    return await perform_or(context, DESIGNER, finish, NO_DESIGN.model_dump_json())


async def _model_data(context: BuildContext) -> str:
    """The backend engineer says what visitors share, and code writes it down."""

    async def check(answer: str) -> str | None:
        model = DataModel.model_validate_json(answer)
        async with context.services.pool.connection() as connection:
            try:
                async with connection.transaction(force_rollback=True):
                    await store_collections(connection, context.build.project_id, model)
            except WorkspaceError as error:
                return f"That cannot be kept like this: {error} Answer again, complete."
        return None

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        model = DataModel.model_validate_json(answer)
        await store_collections(connection, context.build.project_id, model)
        if model != NO_DATA_MODEL:
            say = build_texts.data_modelled(model.summary)
            await context.tell(connection, MessageKind.DATA_MODELLED, say)
        return Submitted()

    substitute = NO_DATA_MODEL.model_dump_json()
    brief = await _brief_for_data(context)
    return await perform_or(context, BACKEND, finish, substitute, opening=brief, check=check)


async def _brief_for_data(context: BuildContext) -> str:
    files = file_list(await context.files())
    budget = await working_budget(context.services, BACKEND)
    async with context.services.pool.connection() as connection:
        asked = await requirements_block(connection, context.build)
        material = {
            "collections": await shared_data(connection, context.build),
            PAPERS: await papers_told(connection, context.build, budget),
        }
    words = {
        "request": context.build.request_text,
        REQUIREMENTS: asked,
        "language": name(context.build.first_language),
        "plan": in_words(context.plan),
        "files": files,
    }
    return opening(words, material)


async def _brief_engineer(context: BuildContext, said: str) -> None:
    """End the waiting agents: the one before the engineer with a brief, the other without."""
    before = DESIGNER if context.has("designer") else ORCHESTRATOR

    async def brief(connection: AsyncConnection, answer: str) -> Outcome:
        made_by = await find_agent(connection, context.build.request_id, BACKEND.agent_type)
        beside = UpstreamDependency(
            name="data",
            made_by=made_by.name if made_by else BACKEND.agent_type,
            content=await _data_for_engineer(connection, context, said),
        )
        if before is ORCHESTRATOR:
            return context.brief_after(before, "plan", in_words(context.plan), beside)
        specification = DesignSpecification.model_validate_json(answer)
        return context.brief_after(before, "design", _shown(specification), beside)

    async def end(connection: AsyncConnection, answer: str) -> Outcome:
        # A build from before they worked side by side has it briefed by whoever came last.
        engineer = await find_agent(connection, context.build.request_id, FRONTEND.agent_type)
        if engineer:
            return None
        data = await _data_for_engineer(connection, context, said)
        return Brief(spec=FRONTEND, part="data", content=data)

    await context.conclude(before, brief)
    await context.conclude(BACKEND, end)


async def _data_for_engineer(connection: AsyncConnection, context: BuildContext, said: str) -> str:
    """All collections of the app as they are stored by now: an answer may name what is new alone.

    Where there are none, because nobody has defined any, the answer says what to do.
    """
    stored = await shared_data(connection, context.build)
    return stored or DataModel.model_validate_json(said).model_dump_json(indent=1)


def _shown(specification: DesignSpecification) -> str:
    return specification.model_dump_json(indent=1)
