"""The small model's calls while a message is read: metered in its request's name."""

from typing import TYPE_CHECKING, Any

from bot.intake.incoming import Incoming
from bot.model.accounting import MeteredCall
from bot.model.budgets import BudgetLimits
from bot.model.calls import ModelCall
from bot.services import Services
from telemetry.spans import trace_token_usage

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


async def ask_small_model(
    services: Services,
    incoming: Incoming,
    *,
    role: str,
    operation: str,
    system: str,
    text: str,
    effort: str,
    max_tokens: int,
    schema: dict[str, Any] | None = None,
) -> str:
    """Return what the model answers to the text; JSON of the `schema` if one is given.

    Settings may say another model, `effort` and `max_tokens` for the role.

    Raises `ModelError`, and `BudgetExhausted` where it may not be asked.
    """
    settings = services.settings.model
    model = settings.name_of(role, small=True)
    content: list[ContentBlockParam] = [{"type": "text", "text": text}]
    with trace_token_usage(agent_type=role, operation_name=operation) as span:
        metered = MeteredCall(
            services.pool,
            span,
            BudgetLimits.of(services.settings.budgets),
            request_id=incoming.request_id,
            user_id=incoming.user_id,
            agent_id=None,
            agent_type=role,
            operation=operation,
            model=model,
        )
        answer = await metered.ask(
            services.model,
            ModelCall(
                model=model,
                system=system,
                messages=[{"role": "user", "content": content}],
                schema=schema,
                max_tokens=settings.output_by_role.get(role, max_tokens),
                effort=settings.effort_by_role.get(role, effort),
            ),
        )
    return answer.text
