"""The documents of one project's collections, in PostgreSQL. Every statement names the project."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from bot.collections.document import Document, make_document_id
from bot.collections.room import Taken
from bot.collections.schemas import DEFINITIONS
from bot.errors import RoomFull
from bot.sites.links import is_token
from telemetry.named_sql import statements

SQL = statements("bot.collections", "documents.sql")


@dataclass(frozen=True, kw_only=True)
class ShownCollections:
    """The project that a link leads to, and `collections.json` of the version that it shows.

    Who may do what is said by the app's `current` one, also to who has an earlier version's link.
    """

    project_id: UUID
    definitions: str
    current: str


def find_shown(connection: Connection, token: str) -> ShownCollections | None:
    """What a link leads to, if that has any collections."""
    if not is_token(token):
        return None
    cursor = connection.execute(SQL["find_shown"], {"token": token, "path": DEFINITIONS})
    row = cursor.fetchone()
    if row is None:
        return None
    project_id, shown, current = row
    return ShownCollections(
        project_id=project_id,
        definitions=bytes(shown).decode(),
        current=bytes(current or b"").decode(),
    )


def find_owned(connection: Connection, token: str, project_id: UUID) -> str | None:
    """The project's title if that is where the link leads to."""
    key = {"token": token, "project_id": project_id}
    row = connection.execute(SQL["find_owned"], key).fetchone()
    return None if row is None else str(row[0])


def list_all(connection: Connection, project_id: UUID) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document of a project as plain values, with its collection, oldest first."""
    cursor = connection.execute(SQL["list_all_documents"], {"project_id": project_id})
    for collection, document_id, data, created_at, updated_at in cursor:
        told = {"created_at": created_at.isoformat(), "updated_at": updated_at.isoformat()}
        yield collection, {"id": document_id, **told, "data": data}


@dataclass(frozen=True, kw_only=True)
class Author:
    """A visitor as documents know them; `is_owner` if the app is theirs."""

    key: bytes
    is_owner: bool = False


class Documents:
    """Lists, reads and changes the documents of one project, for one visitor.

    `share_key` is whose share of a day they write at the expense of; None is nobody's.
    """

    def __init__(
        self, connection: Connection, project_id: UUID, author: Author, share_key: bytes | None
    ) -> None:
        self._connection = connection
        self._project_id = project_id
        self._author = author
        self._share_key = share_key

    @property
    def is_owner(self) -> bool:
        """Whether the visitor is the app's owner."""
        return self._author.is_owner

    def definitions_of_versions(self) -> tuple[str, ...]:
        """The `collections.json` of each version but drafts, the oldest first."""
        key = {"project_id": self._project_id, "path": DEFINITIONS, "before": None}
        cursor = self._connection.execute(SQL["list_definitions"], key)
        return tuple(bytes(content).decode() for (content,) in cursor)

    def page(self, collection: str, *, after: str, limit: int) -> list[Document]:
        """Up to `limit` documents whose ids come after `after`, oldest first."""
        return self._fetch("list_documents", collection, after=after, limit=limit)

    def read(self, collection: str, document_id: str) -> Document | None:
        """The document, or None."""
        return self._one("read_document", collection, document_id=document_id)

    def create(self, collection: str, data: Mapping[str, object], size: int) -> Document:
        """Add a document of `size` bytes. Raises `DocumentRefused` where there is no room."""
        document_id = make_document_id()
        with self._taking_room(collection, document_id, size, documents=1):
            (added,) = self._fetch(
                "add_document", collection, document_id=document_id, data=Jsonb(data), size=size
            )
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
        """Let the document be this, but for the `kept` fields; None if there is no such one.

        Raises `DocumentRefused` where it takes more room than before and there is none.
        """
        with self._taking_room(collection, document_id, size, documents=0):
            return self._one(
                "replace_document",
                collection,
                document_id=document_id,
                data=Jsonb(data),
                size=size,
                kept_fields=list(kept),
            )

    def delete(self, collection: str, document_id: str) -> bool:
        """Remove the document; False if there is no such one."""
        key = self._key(collection) | {"document_id": document_id}
        with self._connection.transaction():
            # First, as the project comes before its documents where all of it is removed.
            self._connection.execute(SQL["note_room"], key)
            return self._connection.execute(SQL["delete_document"], key).fetchone() is not None

    @contextmanager
    def _taking_room(
        self, collection: str, document_id: str, size: int, *, documents: int
    ) -> Iterator[None]:
        """While nobody else writes, let the document have that size, and so many be new.

        The owner is told, by a worker, where it gets narrow.
        """
        key = self._key(collection) | {"document_id": document_id}
        try:
            with self._connection.transaction():
                self._connection.execute(SQL["lock_documents"], key)
                before, of_address, own = self._measure(key)
                if size > own:
                    after = before.check_room(documents=documents, size=size - own)
                    of_address.check_share(documents=documents, size=size)
                    note = "note_nearly_full" if after.is_nearly_all else "note_ample_room"
                    self._connection.execute(SQL[note], key)
                elif size < own:
                    self._connection.execute(SQL["note_room"], key)
                yield
        except RoomFull:
            self._connection.execute(SQL["note_full"], key)
            raise

    def _measure(self, key: Mapping[str, object]) -> tuple[Taken, Taken, int]:
        """What is taken in all, and today from this address but by this document; its size."""
        measured = self._connection.execute(SQL["measure_documents"], key)
        ((documents, size, documents_of_address, size_of_address, own),) = measured.fetchall()
        return (
            Taken(documents=documents, size=size),
            Taken(documents=documents_of_address, size=size_of_address),
            own,
        )

    def _one(self, statement: str, collection: str, **values: object) -> Document | None:
        found = self._fetch(statement, collection, **values)
        return found[0] if found else None

    def _fetch(self, statement: str, collection: str, **values: object) -> list[Document]:
        with self._connection.cursor(row_factory=class_row(Document)) as cursor:
            cursor.execute(SQL[statement], self._key(collection) | values)
            return cursor.fetchall()

    def _key(self, collection: str) -> dict[str, object]:
        return {
            "project_id": self._project_id,
            "collection": collection,
            "author_key": self._author.key,
            "is_owner": self._author.is_owner,
            "share_key": self._share_key,
        }


async def lock_documents(connection: AsyncConnection, project_id: UUID) -> None:
    """Keep all who write to the project's collections waiting until the transaction ends."""
    await connection.execute(SQL["lock_documents"], {"project_id": project_id})


async def definitions_of_versions(
    connection: AsyncConnection, project_id: UUID, *, before: int | None = None
) -> list[str]:
    """The `collections.json` of each version but drafts, the oldest first; with `before` of those
    with a lower number.
    """
    key = {"project_id": project_id, "path": DEFINITIONS, "before": before}
    cursor = await connection.execute(SQL["list_definitions"], key)
    return [bytes(content).decode() async for (content,) in cursor]
