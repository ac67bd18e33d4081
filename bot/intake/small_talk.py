"""Plain talk, answered in the chat by a small model that knows the conversation and the projects.

The answer is streamed to us while the user sees that we are typing; it can start nothing.
"""

from bot.crew.briefs import tagged
from bot.errors import ModelError
from bot.intake.incoming import Incoming
from bot.intake.product_sheet import product_sheet
from bot.languages.locales import name
from bot.markup.whatsapp import as_whatsapp
from bot.memory.context import Memory
from bot.model.accounting import MeteredCall
from bot.model.budgets import BudgetLimits
from bot.model.calls import ModelCall
from bot.model.roles import role_prompt
from bot.services import Services
from telemetry.spans import trace_token_usage, trace_workflow

ROLE = "companion"
MAX_OUTPUT = 700  # tokens; a chat message


async def talk(services: Services, incoming: Incoming, memory: Memory, language: str) -> str:
    """Return the answer. Raises `ModelError`, and `BudgetExhausted` where it may not be asked."""
    model = services.settings.routing_model
    # The same for everybody, so it stands with the prompt, where it is cached.
    sheet = product_sheet(services.settings)
    parts = {"language": name(language), **memory.parts(), "message": incoming.body}
    text = "\n\n".join(tagged(part, content) for part, content in parts.items())
    with (
        trace_workflow(
            workflow_type="conversation",
            agents_needed=[ROLE],
            ai_reasoning="the message asks for nothing to be built",
            estimated_complexity="simple",
            estimated_steps=1,
        ),
        trace_token_usage(agent_type=ROLE, operation_name="talk") as span,
    ):
        account = MeteredCall(
            services.pool,
            span,
            BudgetLimits.of(services.settings),
            request_id=incoming.request_id,
            user_id=incoming.user_id,
            agent_id=None,
            agent_type=ROLE,
            operation="talk",
            model=model,
        )
        answer = await account.ask(
            services.model,
            ModelCall(
                model=model,
                system=f"{role_prompt(ROLE)}\n\n{tagged('product', sheet)}",
                messages=[{"role": "user", "content": [{"type": "text", "text": text}]}],
                max_tokens=MAX_OUTPUT,
            ),
        )
    said = as_whatsapp(answer.text).strip()
    if not said:
        raise ModelError("the companion said nothing")
    return said
