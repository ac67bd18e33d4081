"""The acceptance list of a build: QA writes down what the app must do, beside the engineer."""

import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from psycopg import AsyncConnection

from bot.builds.phases import Phase
from bot.checks.acceptance import Acceptance
from bot.crew.agent_specs import DESIGNER, QA_WRITES_LIST
from bot.crew.app_online import PAGE, app_online
from bot.crew.assignment import Outcome, working_budget
from bot.crew.briefs import TODAY, opening, today
from bot.crew.common_ground import common_ground
from bot.crew.standing_list import (
    NO_LIST,
    find_agreed,
    keep_agreed,
    objection_to,
    standing_list,
    uncovered,
)
from bot.crew.user_words import REQUIREMENTS, requirements_block
from bot.languages.locales import name
from bot.model.answers import DesignSpecification
from bot.projects.requirements import Requirement
from bot.workflows.build_context import BuildContext
from bot.workflows.plan_words import in_words
from bot.workflows.renamed_controls import renamed
from bot.workflows.substitutes import AGENT_FAILURES
from handoffs.lifecycle import find_agent

log = logging.getLogger(__name__)


async def acceptance_list_task(context: BuildContext) -> Coroutine[Any, Any, str] | None:
    """QA's part beside the engineer, to be awaited; None where there is nothing to write down.

    Nobody asks where no browser could try the list, once the files are handed in, or where all that
    is asked is covered by what earlier versions were held to, in names that a new design keeps.
    """
    is_later = context.build.phase != Phase.IMPLEMENTATION
    if is_later or not context.has("qa") or not context.services.settings.crew.check_apps:
        return None
    async with context.services.pool.connection() as connection:
        if await find_agreed(connection, context.build) is not None:
            return None
        standing = await standing_list(connection, context.build.project_id)
        to_cover = await uncovered(connection, context.build, standing)
        gone = await _gone_names(connection, context, standing)
        if standing is not None and not to_cover and not gone:
            return None
        brief = await _brief(connection, context, standing, to_cover, gone)
    return _write_list(context, brief)


async def _write_list(context: BuildContext, brief: str) -> str:
    """A list that cannot be run is asked for again; without one QA is asked when all is written."""

    async def check(answer: str) -> str | None:
        acceptance = Acceptance.model_validate_json(answer)
        async with context.services.pool.connection() as connection:
            return await objection_to(connection, context.build, acceptance)

    async def finish(connection: AsyncConnection, answer: str) -> Outcome:
        await keep_agreed(connection, context.build, answer)
        return None

    try:
        return await context.perform(QA_WRITES_LIST, finish, opening=brief, check=check)
    except AGENT_FAILURES as error:
        log.warning("build %s goes on without a list: %s", context.build.build_id, error)
        await context.give_up(QA_WRITES_LIST, finish)
        return NO_LIST


async def _gone_names(
    connection: AsyncConnection, context: BuildContext, standing: Acceptance | None
) -> list[str]:
    """What the list goes by and the design of this build has under another name, or no more."""
    if standing is None or not context.has("designer"):
        return []
    designer = await find_agent(connection, context.build.request_id, DESIGNER.agent_type)
    if designer is None or not designer.result:
        return []
    specification = DesignSpecification.model_validate_json(designer.result)
    return renamed(standing, specification.controls)


async def _brief(
    connection: AsyncConnection,
    context: BuildContext,
    standing: Acceptance | None,
    to_cover: Sequence[Requirement],
    gone: Sequence[str],
) -> str:
    words = {
        "request": context.build.request_text,
        REQUIREMENTS: await requirements_block(connection, context.build),
        "language": name(context.build.first_language),
        TODAY: today(),
        "plan": in_words(context.plan),
    }
    budget = await working_budget(context.services, QA_WRITES_LIST)
    material = await common_ground(connection, context.build, budget)
    if page := (await app_online(connection, context.build)).page:
        material[PAGE] = page
    if standing is not None:
        material["acceptance"] = standing.model_dump_json(exclude_defaults=True)
        material["to_cover"] = "\n".join(map(str, to_cover))
        material["gone_names"] = "\n".join(gone)
    return opening(words, material)
