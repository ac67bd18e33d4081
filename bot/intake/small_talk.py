"""Plain talk, answered in the chat by a small model that knows the conversation and the projects.

The answer is streamed to us while the user sees that we are typing; it can start nothing.
"""

from bot.errors import ModelError
from bot.intake.incoming import Incoming
from bot.intake.model_call import ask_small_model
from bot.intake.product_sheet import product_sheet
from bot.languages.locales import name
from bot.markup.whatsapp import as_whatsapp
from bot.memory.context import Memory
from bot.model.roles import role_prompt
from bot.services import Services
from handoffs.tags import tagged
from telemetry.spans import trace_workflow

ROLE = "companion"
EFFORT = "none"
MAX_OUTPUT = 3_000  # tokens; a chat message, and what is thought before it if anything


async def talk(services: Services, incoming: Incoming, memory: Memory, language: str) -> str:
    """Return the answer. Raises `ModelError`, and `BudgetExhausted` where it may not be asked."""
    # The same for everybody, so it stands with the prompt, where it is cached.
    sheet = product_sheet(services.settings)
    parts = {"language": name(language), **memory.parts(), "message": incoming.body}
    with trace_workflow(
        workflow_type="conversation",
        agents_needed=[ROLE],
        ai_reasoning="the message asks for nothing to be built",
        estimated_complexity="simple",
        estimated_steps=1,
    ):
        answer = await ask_small_model(
            services,
            incoming,
            role=ROLE,
            operation="talk",
            system=f"{role_prompt(ROLE)}\n\n{tagged('product', sheet)}",
            text="\n\n".join(tagged(part, content) for part, content in parts.items()),
            effort=EFFORT,
            max_tokens=MAX_OUTPUT,
        )
    said = as_whatsapp(answer).strip()
    if not said:
        raise ModelError("the companion said nothing")
    return said
