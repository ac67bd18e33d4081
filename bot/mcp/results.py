"""What an MCP tool answered, as text for the agent."""

import json

from mcp.types import (
    CallToolResult,
    EmbeddedResource,
    ResourceLink,
    TextContent,
    TextResourceContents,
)


def text_of(result: CallToolResult) -> str:
    """The text of a result; pictures, sounds and files are only named."""
    parts = [_part(block) for block in result.content]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, ensure_ascii=False)]
    return "\n".join(parts) or "(no text)"


def _part(block: object) -> str:
    match block:
        case TextContent():
            return block.text
        case ResourceLink():
            return f"[a link to {block.uri}]"
        case EmbeddedResource(resource=TextResourceContents() as resource):
            return resource.text
        case _:
            return f"[{type(block).__name__}, left out]"
