"""The scripted crew: each role answers from nothing but the request, as the model does."""

from collections.abc import Callable

from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew import (
    backend,
    code_reviewer,
    companion,
    designer,
    devops,
    frontend,
    handover,
    injection,
    orchestrator,
    qa,
    router,
)
from bot.sandbox.claude.crew.handing_in import hands_in, without_hand_in

_ROLES: dict[str, Callable[[Conversation], ScriptedAnswer]] = {
    "router": router.route,
    "companion": companion.talk,
    "orchestrator": orchestrator.plan,
    "designer": designer.design,
    "backend": backend.model_data,
    "frontend": frontend.build_or_change,
    "qa": qa.test,
    "code_reviewer": code_reviewer.review,
    "devops": devops.publish,
}


def answer(conversation: Conversation) -> ScriptedAnswer:
    """What the role of this conversation says next."""
    if conversation.form == "AgentNotes":
        return handover.write_notes(conversation)
    role = _ROLES.get(conversation.role)
    if role is None:
        return finish("I am the offline stand-in for Claude; I only know the crew's scripts.")
    first = injection.obey(conversation, afterwards=False) or role(conversation)
    if first.stop_reason != "end_turn" and not hands_in(first):
        return first
    afterwards = injection.obey(conversation, afterwards=True)
    if afterwards is None:
        return first
    still = without_hand_in(first)
    return still if still.tool_calls else afterwards
