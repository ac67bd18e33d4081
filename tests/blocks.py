"""What stands in the blocks of a conversation with a model."""

from base64 import b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam
    from anthropic.types.tool_result_block_param import Content


def blocks_in(result: "ContentBlockParam") -> "list[Content]":
    """What a tool's result shows."""
    assert result["type"] == "tool_result"
    content = result["content"]
    assert not isinstance(content, str)
    return list(content)


def inlined(block: "Content") -> tuple[str, bytes]:
    """The media type and the bytes of a picture or a paper that the block holds itself."""
    assert block["type"] == "image" or block["type"] == "document"
    source = block["source"]
    assert source["type"] == "base64"
    data = source["data"]
    assert isinstance(data, str)
    return source["media_type"], b64decode(data)
