"""The spans of an agent's tools: its own functions and those of other services."""

from contextlib import AbstractContextManager

from logfire import LogfireSpan

from telemetry import genai
from telemetry.tracing import traced


def trace_mcp_tool(
    *, agent_id: str, tool_name: str, server: str, call_id: str
) -> AbstractContextManager[LogfireSpan]:
    """A call of another service's tool; set `result_status` when it has ended."""
    return traced(
        f"mcp_tool:{tool_name}",
        "mcp_tool:{tool_name}",
        genai.execute_tool(tool_name=tool_name, call_id=call_id, kind="extension"),
        agent_id=agent_id,
        tool_name=tool_name,
        server=server,
    )


def trace_tool(
    *, agent_id: str, agent_type: str, tool_name: str, call_id: str
) -> AbstractContextManager[LogfireSpan]:
    """An agent's own tool at work, for a use that the model made with that id.

    Set `result_status` when it has ended: ok, or error for what the agent is told to fix.
    """
    return traced(
        f"execute_tool {tool_name}",
        "execute_tool {tool_name}",
        genai.execute_tool(tool_name=tool_name, call_id=call_id, kind="function"),
        agent_id=agent_id,
        agent_type=agent_type,
        tool_name=tool_name,
    )
