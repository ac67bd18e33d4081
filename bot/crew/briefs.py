"""What an agent is told at the start: the user's words and the facts, each in its own tag.

Words are escaped, so that nothing a user writes can close a tag or open another. Material (sources,
what a browser saw) is to be read to the letter, so there only its own closing tag is broken.
"""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from bot.projects.workspace import WorkspaceFile
from bot.sites.file_types import is_picture

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


def tagged(name: str, text: str) -> str:
    """`<name>text</name>` with the text escaped."""
    return f"<{name}>\n{escape(text, quote=False)}\n</{name}>"


def enclosed(name: str, material: str) -> str:
    """`<name>material</name>` with the material as it is, but for what would close the tag."""
    harmless = re.sub(rf"</(?=\s*{name}\b)", r"<\\/", material, flags=re.IGNORECASE)
    return f"<{name}>\n{harmless}\n</{name}>"


def file_list(files: list[WorkspaceFile]) -> str:
    """A line for each file, or `none`."""
    return "\n".join(f"{file.path} ({measure(file)})" for file in files) or "none"


def measure(file: WorkspaceFile) -> str:
    """How much it is: lines of text, or a picture."""
    return "a picture" if is_picture(file.path) else f"{file.lines} lines"


def opening(
    words: Mapping[str, str],
    material: Mapping[str, str] | None = None,
    pictures: "Sequence[ContentBlockParam]" = (),
) -> str:
    """The first user message's blocks as JSON: by tag the words, then the material, in order, then
    pictures behind the words that name them.
    """
    parts = [tagged(name, content) for name, content in words.items()]
    parts += [enclosed(name, content) for name, content in (material or {}).items()]
    text = "\n\n".join(parts)
    blocks: list[ContentBlockParam] = [{"type": "text", "text": text}, *pictures]
    return json.dumps(blocks, ensure_ascii=False)
