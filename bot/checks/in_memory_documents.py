"""Collections for the visitors of an app that is not published, kept in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from bot.collections.document import Document, make_document_id

Visitor: TypeAlias = int | Literal["owner"]


@dataclass(kw_only=True)
class _Kept:
    """What all visitors meet: documents by collection and id, and who wrote them."""

    documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    authors: dict[str, Visitor] = field(default_factory=dict)
    ahead: timedelta = timedelta()  # of the real time


class InMemoryDocuments:
    """A `DocumentStore` that begins empty and is stored nowhere, as one visitor meets it."""

    def __init__(self, kept: _Kept | None = None, visitor: Visitor = 1) -> None:
        self._kept = kept or _Kept()
        self._documents = self._kept.documents
        self._visitor = visitor

    def as_visitor(self, visitor: Visitor) -> "InMemoryDocuments":
        """The same documents, as somebody else meets them."""
        return InMemoryDocuments(self._kept, visitor)

    def pass_time(self, seconds: float) -> None:
        """Let documents be written so much later from now on."""
        self._kept.ahead += timedelta(seconds=seconds)

    def count(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    @property
    def is_owner(self) -> bool:
        """Whether the visitor is the app's owner."""
        return self._visitor == "owner"

    def definitions_of_versions(self) -> tuple[str, ...]:
        """None: nothing was entered with any."""
        return ()

    def page(self, collection: str, *, after: str, limit: int) -> Sequence[Document]:
        """Up to `limit` documents whose ids come after `after`, oldest first."""
        found = [
            one
            for (name, key), one in sorted(self._documents.items())
            if name == collection and key > after
        ]
        return [self._seen(one) for one in found[:limit]]

    def read(self, collection: str, document_id: str) -> Document | None:
        """The document, or None."""
        found = self._documents.get((collection, document_id))
        return self._seen(found) if found else None

    def create(self, collection: str, data: Mapping[str, object], size: int) -> Document:
        """Add a document."""
        now = self._now()
        added = Document(
            document_id=make_document_id(),
            data=_as_kept(data),
            created_at=now,
            updated_at=now,
            is_own=True,
        )
        self._documents[collection, added.document_id] = added
        self._kept.authors[added.document_id] = self._visitor
        return added

    def replace(
        self,
        collection: str,
        document_id: str,
        data: Mapping[str, object],
        size: int,
        *,
        kept: Collection[str],
    ) -> Document | None:
        """Let the document be this, but for the `kept` fields; None if there is no such one."""
        before = self.read(collection, document_id)
        if before is None:
            return None
        data = {name: value for name, value in data.items() if name not in kept}
        data |= {name: before.data[name] for name in kept if name in before.data}
        after = replace(before, data=_as_kept(data), updated_at=self._now())
        self._documents[collection, document_id] = after
        return after

    def delete(self, collection: str, document_id: str) -> bool:
        """Remove the document; False if there is no such one."""
        return self._documents.pop((collection, document_id), None) is not None

    def _seen(self, document: Document) -> Document:
        may_change = self._visitor in ("owner", self._kept.authors[document.document_id])
        return replace(document, is_own=may_change)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._kept.ahead


def _as_kept(value: Any) -> Any:
    """The value with its keys in the order in which PostgreSQL's jsonb keeps them."""
    match value:
        case dict():
            ordered = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
            return {name: _as_kept(value[name]) for name in ordered}
        case list():
            return [_as_kept(one) for one in value]
    return value
