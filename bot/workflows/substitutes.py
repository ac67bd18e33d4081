"""What takes the place of an answer that an agent fails to give, where the build can go on so."""

import logging

from bot.crew.agent_specs import AgentSpec
from bot.crew.assignment import Check, Finish
from bot.errors import (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)
from bot.model.answers import DataModel, DesignSpecification
from bot.model.roles import role_prompt
from bot.workflows.build_context import BuildContext

log = logging.getLogger(__name__)

FAILURES = (
    AgentStuck,
    AgentTimedOut,
    AnswerCutOff,
    AnswerInvalid,
    ContextExceeded,
    ModelRefused,
    RequestRefused,
)
"""What ends an agent, and not the build where it can go on without the answer."""

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
    notes=[
        "Keep the collections that are in `collections.json` already. What is missing you define "
        "there before you use it: an object of collections by name, each a JSON schema with "
        '`"type": "object"`, `properties`, `required` and `"additionalProperties": false`.',
        role_prompt("collections"),
    ],
)


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
    except FAILURES as error:
        log.warning(
            "build %s goes on without the %s: %s", context.build.build_id, spec.agent_type, error
        )
        await context.conclude(spec, finish, substitute)
        return substitute
