"""A successor's first message: from the document and the workspace, never the old transcript.

The parts are tags with escaped contents, so nothing that a user or an agent wrote can close one
or open another. `request`, the upstream parts and `files` have the names that fresh agents know.
"""

import json
from collections.abc import Iterable, Sequence
from html import escape

from handoffs.document import (
    AgentReference,
    Decision,
    FileRecord,
    HandoffDocument,
    RejectedAlternative,
    WorkItem,
)

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
    document: HandoffDocument, files: Sequence[FileRecord], target_type: str
) -> str:
    """The first user message of an agent of `target_type`: its content blocks, as JSON."""
    return json.dumps([{"type": "text", "text": opening_text(document, files, target_type)}])


def opening_text(document: HandoffDocument, files: Sequence[FileRecord], target_type: str) -> str:
    """The same as plain text."""
    parts = [
        ("request", document.original_request),
        ("later_messages", _numbered(document.messages[1:])),
        *((part.name, part.content) for part in document.upstream_dependencies),
        ("task", document.task_description),
        ("closed_decisions", _lines(map(_decision, document.decisions))),
        (
            "rejected_alternatives",
            _lines(map(_rejected, document.rejected_alternatives)),
        ),
        ("constraints", _lines(document.constraints)),
        ("assumptions", _lines(document.assumptions)),
        ("finished_items", "\n".join(map(_item, document.closed_items))),
        ("open_items", "\n".join(map(_item, document.open_items))),
        ("work_in_progress", document.work_in_progress),
        ("errors", _lines(f"{one.source}: {one.message}" for one in document.errors)),
        ("needed_by", _lines(f"{c.agent_type}: {c.needs}" for c in document.downstream_consumers)),
    ]
    tagged = [_tag(name, text) for name, text in parts if text]
    workspace = "\n".join(f"{file.path} ({file.lines} lines)" for file in files)
    return "\n\n".join(
        [
            _introduction(document.source_agent, target_type),
            *tagged,
            _tag("files", workspace or "none"),
            _next_step(document),
        ]
    )


def _introduction(source: AgentReference, target_type: str) -> str:
    introduction = _TAKE_OVER if source.agent_type == target_type else _BRIEF
    return introduction.format(source=source.name)


def _next_step(document: HandoffDocument) -> str:
    if not document.open_items:
        return "No item is open."
    # The task as a whole is an item as well, and open until the end.
    parts = [one for one in document.open_items if one.description != document.task_description]
    first = (parts or document.open_items)[0]
    return f"Go on with item {first.number}: {escape(first.description, quote=False)}"


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


def _tag(name: str, text: str) -> str:
    return f"<{name}>\n{escape(text, quote=False)}\n</{name}>"
