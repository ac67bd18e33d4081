"""What takes the place of an answer that an agent fails to give, where the build can go on so."""

import logging

from bot.builds.phases import Phase
from bot.builds.rounds import list_rounds
from bot.crew.agent_specs import AgentSpec
from bot.crew.assignment import Check, Finish
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    BudgetExhausted,
    BudgetQuestion,
    ContextExceeded,
    ModelBusy,
    ModelMisconfigured,
    ModelRefused,
    RequestRefused,
    TextcrewError,
)
from bot.model.answers import DataModel, DesignSpecification
from bot.model.roles import role_prompt
from bot.projects.versions import find_current
from bot.workflows.build_context import BuildContext
from bot.workflows.failure_log import ATTEMPT_LIMIT

log = logging.getLogger(__name__)

AGENT_FAILURES = (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)
"""What ends an agent, and not the build where it can go on without the answer."""

UNANSWERED = (*AGENT_FAILURES, BudgetExhausted, BudgetQuestion, ModelBusy, ModelMisconfigured)
"""These, and what leaves a build no further call; see `goes_on_without`."""

NO_DESIGN = DesignSpecification(
    direction="Nobody has set one: take it from the request.",
    signature="Find one element that is this app's own.",
    summary="Nobody has designed this app; decide on its look yourself.",
    palette=[],
    typography="The system's own fonts.",
    spacing="Steps of 8 px; at least 44 px for what is touched.",
    motion="Little, and none where less motion is wanted.",
    layout="One column on a phone, calm and roomy, with what matters most first.",
    components=[],
    content=[],
)
NO_DATA_MODEL = DataModel(
    summary="Nobody has defined what the visitors share; do it yourself.",
    collections=[],
    notes=[role_prompt("define_collections"), role_prompt("collections")],
)


async def goes_on_without(context: BuildContext, error: TextcrewError) -> bool:
    """Whether the build goes on without the answer that was not to be had.

    Where no further call can be made it ends or is put down, unless its app is proven, or online by
    its deployment: what is left would make it no better than it is. A model that is busy is waited
    for as long as for any app.
    """
    if isinstance(error, AGENT_FAILURES):
        return True
    if isinstance(error, ModelBusy) and await context.lease.attempts() < ATTEMPT_LIMIT:
        return False
    build = context.build
    async with context.services.pool.connection() as connection:
        rounds = await list_rounds(connection, build.build_id)
        online = await find_current(connection, build.project_id)
    is_ours = online is not None and online.request_id == build.request_id
    is_deployed = is_ours and build.phase == Phase.DEPLOYMENT
    return is_deployed or any(one.is_proven for one in rounds)


async def perform_or(
    context: BuildContext,
    spec: AgentSpec,
    finish: Finish,
    substitute: str,
    *,
    opening: str | None = None,
    check: Check | None = None,
) -> str:
    """Let an agent do its part; where it fails, end its part with `substitute` as its answer."""
    try:
        return await context.perform(spec, finish, opening=opening, check=check)
    except UNANSWERED as error:
        if not await goes_on_without(context, error):
            raise
        log.warning(
            "build %s goes on without the %s: %s", context.build.build_id, spec.agent_type, error
        )
        await context.conclude(spec, finish, substitute)
        return substitute
