"""What an agent is told at the start: the user's words and the facts, each in its own tag.

Contents are escaped, so that nothing a user writes can close a tag or open another.
"""

import json
from html import escape
from typing import TYPE_CHECKING

from bot.projects.workspace import WorkspaceFile
from bot.sites.file_types import is_picture

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


def tagged(name: str, text: str) -> str:
    """`<name>text</name>` with the text escaped."""
    return f"<{name}>\n{escape(text, quote=False)}\n</{name}>"


def file_list(files: list[WorkspaceFile]) -> str:
    """A line for each file, or `none`."""
    return "\n".join(f"{file.path} ({measure(file)})" for file in files) or "none"


def measure(file: WorkspaceFile) -> str:
    """How much it is: lines of text, or a picture."""
    return "a picture" if is_picture(file.path) else f"{file.lines} lines"


def opening(**parts: str) -> str:
    """The first user message's blocks as JSON, in the order given."""
    text = "\n\n".join(tagged(name, content) for name, content in parts.items())
    blocks: list[ContentBlockParam] = [{"type": "text", "text": text}]
    return json.dumps(blocks, ensure_ascii=False)
