"""Second names for what our spans tell, by OpenTelemetry's conventions for generative AI.

Views of agents and tokens in observability products fill by them. The calls themselves are the
spans of the Anthropic SDK, which tell of tokens by these conventions: ours around them would count
twice if they repeated it, so they only add the sum that older queries ask for.
"""

from typing import Literal

TOTAL_TOKENS = "gen_ai.usage.total_tokens"
CONVERSATION = "gen_ai.conversation.id"

_PROVIDER = {"gen_ai.provider.name": "anthropic"}


def conversation(conversation_id: str) -> dict[str, str]:
    """Which conversation with a user something belongs to; `session_id` is what it was called."""
    return {CONVERSATION: conversation_id, "session_id": conversation_id}


def agent(*, agent_id: str | None, agent_type: str) -> dict[str, str]:
    """Whose work it is; routing has no agent but its role."""
    named = {"gen_ai.agent.name": agent_type}
    return named if agent_id is None else {**named, "gen_ai.agent.id": agent_id}


def invoke_agent(*, agent_id: str, agent_type: str) -> dict[str, str]:
    """An agent at work."""
    known = agent(agent_id=agent_id, agent_type=agent_type)
    return {"gen_ai.operation.name": "invoke_agent", **_PROVIDER, **known}


def execute_tool(
    *, tool_name: str, call_id: str, kind: Literal["function", "extension"]
) -> dict[str, str]:
    """A tool at work: an agent's own function, or another service's extension."""
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool_name,
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.type": kind,
    }


def token_usage(*, model: str, token_type: Literal["input", "output"]) -> dict[str, str]:
    """What the metric of a client's tokens is told by."""
    return {
        "gen_ai.operation.name": "chat",
        **_PROVIDER,
        "gen_ai.request.model": model,
        "gen_ai.token.type": token_type,
    }
