"""What a message is, by one small model call: a new build, a change, an answer, or talk."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot.crew.briefs import tagged
from bot.errors import ModelError
from bot.intake.dialogue_state import DialogueState
from bot.intake.incoming import Incoming
from bot.languages.i18n import current_locale
from bot.memory.context import Memory
from bot.model.accounting import MeteredCall
from bot.model.answers import Route
from bot.model.budgets import BudgetLimits
from bot.model.calls import ModelCall
from bot.model.roles import role_prompt
from bot.model.structured import strict_schema
from bot.services import Services
from telemetry.spans import trace_token_usage

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

MAX_OUTPUT = 1_000  # tokens


async def route(
    services: Services, incoming: Incoming, memory: Memory, dialogue: DialogueState
) -> Route:
    """Ask the routing model what the message is, with what the conversation is about.

    Raises the `ModelError` that kept it from answering; an answer that is no `Route` counts.
    """
    model = services.settings.routing_model
    with trace_token_usage(agent_type="router", operation_name="route") as span:
        account = MeteredCall(
            services.pool,
            span,
            BudgetLimits.of(services.settings),
            request_id=incoming.request_id,
            user_id=incoming.user_id,
            agent_id=None,
            agent_type="router",
            operation="route",
            model=model,
        )
        answer = await account.ask(
            services.model,
            ModelCall(
                model=model,
                system=role_prompt("router"),
                messages=[{"role": "user", "content": _prompt(incoming, memory, dialogue)}],
                schema=strict_schema(Route),
                max_tokens=MAX_OUTPUT,
            ),
        )
    try:
        return Route.model_validate_json(answer.text)
    except ValidationError as error:
        raise ModelError(f"the router's answer is not a route: {error.error_count()} faults") from (
            error
        )


def _prompt(
    incoming: Incoming, memory: Memory, dialogue: DialogueState
) -> "list[ContentBlockParam]":
    parts = {"language": current_locale(), **memory.parts(), **dialogue.parts()}
    parts["message"] = incoming.body
    text = "\n\n".join(tagged(name, content) for name, content in parts.items())
    return [{"type": "text", "text": text}]
