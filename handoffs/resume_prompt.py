"""A successor's first message: from the document and the workspace, never the old transcript.

Each part stands in its tag, the user's words escaped and material to the letter (`handoffs.tags`).
`request`, the upstream parts, `findings` and `files` have the names that fresh agents know.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from handoffs.document import (
    AgentReference,
    Decision,
    FileRecord,
    HandoffDocument,
    LastCheck,
    RejectedAlternative,
    UpstreamDependency,
    WorkItem,
)
from handoffs.tags import enclosed, tagged

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

FROM_USER = "the user"
"""Who made the parts that are the user's own words."""

_TAKE_OVER = (
    "You take over from {source}, whose context was full. All you need is here and in the"
    " project's files. Decisions and finished items are closed: follow them, do not redo or"
    " discuss them. Keep every constraint and everything the user asked for."
)
_BRIEF = (
    "You go on with what {source} prepared. Decisions and finished items are closed: follow them."
    " Keep every constraint and everything the user asked for."
)


def opening_message(
    document: HandoffDocument,
    files: Sequence[FileRecord],
    target_type: str,
    *,
    papers: "Sequence[ContentBlockParam]" = (),
    material: str = "",
    pictures: "Sequence[ContentBlockParam]" = (),
) -> str:
    """The first user message of an agent of `target_type`: its content blocks, as JSON.

    `papers` come before the document, `material`, which has its own tags, after it, and `pictures`
    behind that.
    """
    text = opening_text(document, files, target_type)
    whole = f"{text}\n\n{material}" if material else text
    return json.dumps([*papers, {"type": "text", "text": whole}, *pictures])


def opening_text(document: HandoffDocument, files: Sequence[FileRecord], target_type: str) -> str:
    """The same as plain text."""
    parts = [
        _words("request", document.original_request),
        _words("later_messages", _numbered(document.messages[1:])),
        *map(_upstream, document.upstream_dependencies),
        _words("task", _task(document)),
        _words("closed_decisions", _lines(map(_decision, document.decisions))),
        _words("rejected_alternatives", _lines(map(_rejected, document.rejected_alternatives))),
        _words("constraints", _lines(document.constraints)),
        _words("assumptions", _lines(document.assumptions)),
        _words("finished_items", "\n".join(map(_item, document.closed_items))),
        _words("open_items", _open_items(document)),
        _material("work_in_progress", document.work_in_progress),
        _material("findings", _lines(document.known_faults)),
        _material(
            "failed_attempts",
            _lines(f"{one.attempt}: {one.outcome}" for one in document.failed_attempts),
        ),
        _material("last_check", _check(document.last_check) if document.last_check else ""),
        _material("errors", _lines(f"{one.source}: {one.message}" for one in document.errors)),
        _words(
            "needed_by", _lines(f"{c.agent_type}: {c.needs}" for c in document.downstream_consumers)
        ),
        _words("files", "\n".join(f"{file.path} ({file.lines} lines)" for file in files) or "none"),
    ]
    return "\n\n".join(
        [
            _introduction(document.source_agent, target_type),
            *filter(None, parts),
            _next_step(document),
        ]
    )


def _introduction(source: AgentReference, target_type: str) -> str:
    introduction = _TAKE_OVER if source.agent_type == target_type else _BRIEF
    return introduction.format(source=source.name)


def _upstream(part: UpstreamDependency) -> str:
    show = _words if part.made_by == FROM_USER else _material
    return show(part.name, part.content)


def _task(document: HandoffDocument) -> str:
    """The task, unless it stands among the open items."""
    is_open = any(one.description == document.task_description for one in document.open_items)
    return "" if is_open else document.task_description


def _open_items(document: HandoffDocument) -> str:
    """The pieces, and behind them the task as a whole, which is open until the end."""
    pieces = [_item(item) for item in document.open_pieces]
    whole = [
        f"{_item(item)} (the task as a whole, open until the end)" if pieces else _item(item)
        for item in document.open_items
        if item not in document.open_pieces
    ]
    return "\n".join([*pieces, *whole])


def _check(check: LastCheck) -> str:
    when = (
        "Of the files as they are now:"
        if check.is_current
        else "Before the files were changed, so look again before you go on:"
    )
    return f"{when}\n{check.result}"


def _next_step(document: HandoffDocument) -> str:
    if not document.open_items:
        return "No item is open."
    first = (document.open_pieces or document.open_items)[0]
    return f"Go on with item {first.number}."


def _decision(one: Decision) -> str:
    return f"[closed] {one.decision} (because {one.reason})"


def _rejected(one: RejectedAlternative) -> str:
    return f"{one.alternative} (because {one.reason})"


def _item(item: WorkItem) -> str:
    shown = f" (see {', '.join(item.files)})" if item.files else ""
    return f"{item.number}. [{'closed' if item.passes else 'open'}] {item.description}{shown}"


def _numbered(texts: Iterable[str]) -> str:
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=2))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _words(name: str, text: str) -> str:
    return tagged(name, text) if text else ""


def _material(name: str, text: str) -> str:
    return enclosed(name, text) if text else ""
