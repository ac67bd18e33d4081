"""The handoff documents of a request: two side by side, what is new in the later one, no words.

A document holds what the user wrote verbatim, and what agents wrote may repeat it: of a text that
has such words in it only the length is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from bot.web.console.rows import Row, rows
from handoffs.document import HandoffDocument
from handoffs.errors import InvalidDocument
from handoffs.upgrades import load_document
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "request.sql")

MOST = 200  # handoffs of a request
SHORTEST = 12  # characters; what is shorter and the same is no quotation


@dataclass(frozen=True, kw_only=True)
class ShownDocument:
    """A handoff with its document; without one `missing` says why."""

    handoff: Row
    document: HandoffDocument | None
    missing: str | None = None

    def tell(self, text: str) -> str:
        """A text of the document, or its length if it repeats what the user wrote."""
        if self.document is None or not quotes(text, self.document.messages):
            return text
        return f"{len(text)} characters of the user's words, not shown"

    def knows(self, part: str, key: object) -> bool:
        """Whether the same piece stands in this document, for what is new in another one."""
        return self.document is not None and key in _keys(self.document, part)


@dataclass(frozen=True, kw_only=True)
class Handoffs:
    """All handoffs of a request; of one or two the documents are shown."""

    all: list[Row]
    shown: list[ShownDocument]


def read_handoffs(connection: Connection, request_id: UUID, left: str, right: str) -> Handoffs:
    """Read the list, and the documents that are asked for by their ids.

    Without any it is the last one for which the memory was full, beside the one before it.
    """
    known = rows(connection, SQL["list_handoffs_of_request"], request_id=request_id, limit=MOST)
    chosen = [one for one in known if str(one["handoff_id"]) in {left, right}] or _usual(known)
    found = {
        one["handoff_id"]: one["document"]
        for one in rows(
            connection,
            SQL["find_documents"],
            request_id=request_id,
            handoff_ids=[one["handoff_id"] for one in chosen],
        )
    }
    return Handoffs(all=known, shown=[_loaded(one, found.get(one["handoff_id"])) for one in chosen])


def quotes(text: str, messages: Iterable[str]) -> bool:
    """Whether a text has in it what the user wrote, or is a piece of it."""
    said = " ".join(text.lower().split())
    for message in messages:
        words = " ".join(message.lower().split())
        if words == said or _repeats(said, words) or _repeats(words, said):
            return True
    return False


def _repeats(text: str, piece: str) -> bool:
    return len(piece) >= SHORTEST and piece in text


def _usual(known: list[Row]) -> list[Row]:
    full = [n for n, one in enumerate(known) if one["reason"] == "context_window_exhausted"]
    last = full[-1] if full else len(known) - 1
    return known[max(last - 1, 0) : last + 1]


def _loaded(handoff: Row, text: str | None) -> ShownDocument:
    if text is None:
        missing = "It was removed, because its retention is over."
        return ShownDocument(handoff=handoff, document=None, missing=missing)
    try:
        return ShownDocument(handoff=handoff, document=load_document(text))
    except InvalidDocument as error:
        return ShownDocument(handoff=handoff, document=None, missing=f"It is damaged: {error}")


def _keys(document: HandoffDocument, part: str) -> set[object]:
    match part:
        case "decisions":
            return {one.decision for one in document.decisions}
        case "todo_list":
            return {(one.description, one.passes) for one in document.todo_list}
        case "work_completed":
            return {one.sha256 for one in document.work_completed}
        case _:
            return {one.name for one in document.upstream_dependencies}
