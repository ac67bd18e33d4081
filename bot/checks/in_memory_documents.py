"""Collections for one visit to an app under check, kept in memory; all is the visitor's own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.collections.document import Document, make_document_id


class InMemoryDocuments:
    """A `Store` that begins empty and is gone with the check."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], Document] = {}

    def page(self, collection: str, *, after: str, limit: int) -> Sequence[Document]:
        """Up to `limit` documents whose ids come after `after`, oldest first."""
        found = [
            one
            for (name, key), one in sorted(self._documents.items())
            if name == collection and key > after
        ]
        return found[:limit]

    def read(self, collection: str, document_id: str) -> Document | None:
        """The document, or None."""
        return self._documents.get((collection, document_id))

    def create(self, collection: str, data: Mapping[str, object], size: int) -> Document:
        """Add a document."""
        now = datetime.now(UTC)
        added = Document(
            document_id=make_document_id(), data=data, created_at=now, updated_at=now, is_own=True
        )
        self._documents[collection, added.document_id] = added
        return added

    def replace(
        self, collection: str, document_id: str, data: Mapping[str, object], size: int
    ) -> Document | None:
        """Let the document be this; None if there is no such one."""
        before = self.read(collection, document_id)
        if before is None:
            return None
        after = Document(
            document_id=document_id,
            data=data,
            created_at=before.created_at,
            updated_at=datetime.now(UTC),
            is_own=True,
        )
        self._documents[collection, document_id] = after
        return after

    def delete(self, collection: str, document_id: str) -> bool:
        """Remove the document; False if there is no such one."""
        return self._documents.pop((collection, document_id), None) is not None
