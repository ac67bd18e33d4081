"""What an agent is told at the start: the user's words and the facts, each in its own tag."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.projects.workspace import WorkspaceFile
from bot.sites.file_types import is_paper, is_picture
from handoffs.tags import enclosed, tagged

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

TODAY = "today"


def file_list(files: list[WorkspaceFile]) -> str:
    """A line for each file, or `none`."""
    return "\n".join(f"{file.path} ({measure(file)})" for file in files) or "none"


def measure(file: WorkspaceFile) -> str:
    """How much it is: lines of text, a picture or a PDF."""
    if is_paper(file.path):
        return "a PDF"
    return "a picture" if is_picture(file.path) else f"{file.lines} lines"


def today() -> str:
    """The date, for who must not write what is so on this day alone."""
    return f"{datetime.now(UTC):%A, %Y-%m-%d}"


def opening(
    words: Mapping[str, str],
    material: Mapping[str, str] | None = None,
    pictures: "Sequence[ContentBlockParam]" = (),
    *,
    papers: "Sequence[ContentBlockParam]" = (),
) -> str:
    """The first user message's blocks as JSON: papers, then by tag the words and the material, in
    order, then pictures behind the words that name them. Material without content is left out.
    """
    parts = [tagged(name, content) for name, content in words.items()]
    parts += [enclosed(name, content) for name, content in (material or {}).items() if content]
    text = "\n\n".join(parts)
    blocks: list[ContentBlockParam] = [*papers, {"type": "text", "text": text}, *pictures]
    return json.dumps(blocks, ensure_ascii=False)
