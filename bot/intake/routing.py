"""What a message is, by one small model call: a new build, a change, an answer, or talk."""

from pydantic import ValidationError

from bot.errors import ModelError
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.intake.model_call import ask_small_model
from bot.languages.i18n import current_locale
from bot.memory.context import Memory
from bot.model.answers import Route
from bot.model.roles import role_prompt
from bot.model.structured import strict_schema
from bot.services import Services
from handoffs.tags import tagged

ROLE = "router"
EFFORT = "none"
MAX_OUTPUT = 4_000  # tokens, with what is thought where the model or a setting wants that


async def route(
    services: Services, incoming: Incoming, memory: Memory, dialogue: DialogueState
) -> Route:
    """Ask the routing model what the message is, with what the conversation is about.

    Raises the `ModelError` that kept it from answering; an answer that is no `Route` counts.
    """
    parts = {"language": current_locale(), **memory.parts(), **dialogue.parts()}
    parts["message"] = incoming.body
    answer = await ask_small_model(
        services,
        incoming,
        role=ROLE,
        operation="route",
        system=role_prompt(ROLE),
        text="\n\n".join(tagged(part, content) for part, content in parts.items()),
        effort=EFFORT,
        max_tokens=MAX_OUTPUT,
        schema=strict_schema(Route),
    )
    try:
        return Route.model_validate_json(answer)
    except ValidationError as error:
        raise ModelError(f"the router's answer is not a route: {error.error_count()} faults") from (
            error
        )
