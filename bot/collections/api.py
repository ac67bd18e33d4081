"""What a page can ask of its collections, apart from how it is asked and where they are kept.

`api/collections/<name>` lists (GET) and adds (POST), `api/collections/<name>/<id>` reads (GET),
replaces (PUT) and deletes (DELETE). Who may replace and delete what somebody wrote, its collection
says. Whatever is refused is said in one sentence.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Protocol

from bot.collections.document import Document
from bot.collections.known_schemas import known_definitions
from bot.collections.schemas import ALL, OWNER, Definitions, changeable_by, read_document
from bot.errors import DocumentMisfit, DocumentRefused

PREFIX = "api/collections/"
NOT_THERE = "There is no such document."
PAGE = 100  # documents, unless fewer are asked for

_PATH = re.compile(r"(?P<collection>[a-z][a-z0-9_]{0,39})(?:/(?P<document>[0-9a-f]{32}))?")
_ID = re.compile(r"[0-9a-f]{0,32}")


class DocumentStore(Protocol):
    """Where the documents of one project are kept, as one visitor meets them.

    `Documents` (PostgreSQL) and `InMemoryDocuments` are the two.
    """

    @property
    def is_owner(self) -> bool: ...
    def definitions_of_versions(self) -> tuple[str, ...]: ...
    def page(self, collection: str, *, after: str, limit: int) -> Sequence[Document]: ...
    def read(self, collection: str, document_id: str) -> Document | None: ...
    def create(self, collection: str, data: Mapping[str, object], size: int) -> Document: ...
    def replace(
        self, collection: str, document_id: str, data: Mapping[str, object], size: int
    ) -> Document | None: ...
    def delete(self, collection: str, document_id: str) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """A request below `api/collections/`; `path` is what follows that."""

    method: str
    path: str
    content_type: str = ""
    after: str = ""
    limit: str = ""
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class ApiResponse:
    """Status and JSON; no body is sent with 204."""

    status: int
    value: object = None

    @property
    def body(self) -> bytes:
        """The value as it is sent."""
        return b"" if self.status == 204 else json.dumps(self.value, ensure_ascii=False).encode()


@dataclass(frozen=True, kw_only=True)
class _Rights:
    """What this visitor may do in a collection that is `changeable_by` all, owner or author."""

    changeable_by: object
    is_owner: bool

    def may_change(self, document: Document) -> bool:
        if self.changeable_by == OWNER:
            return self.is_owner
        return self.changeable_by == ALL or document.is_own

    def check(self, document: Document | None) -> None:
        """Let nobody change what they may not; whose a document is never changes."""
        if document is None:
            raise DocumentRefused(NOT_THERE, 404)
        if not self.may_change(document):
            who = "" if self.changeable_by == OWNER else "who wrote it and "
            raise DocumentRefused(f"Only {who}the owner of the app can change it.", 403)

    def shown(self, document: Document | None) -> dict[str, object]:
        """The document as the page gets it."""
        if document is None:
            raise DocumentRefused(NOT_THERE, 404)
        return {
            "id": document.document_id,
            "data": document.data,
            "created_at": document.created_at.astimezone(UTC).isoformat(),
            "updated_at": document.updated_at.astimezone(UTC).isoformat(),
            "may_change": self.may_change(document),
        }


def handle(api_request: ApiRequest, definitions: Definitions, store: DocumentStore) -> ApiResponse:
    """Do what is asked, or say why not."""
    try:
        return _do(api_request, definitions, store)
    except DocumentRefused as refused:
        return ApiResponse(status=refused.status, value={"error": str(refused)})


def _do(api_request: ApiRequest, definitions: Definitions, store: DocumentStore) -> ApiResponse:
    found = _PATH.fullmatch(api_request.path)
    if found is None or found["collection"] not in definitions:
        raise DocumentRefused("There is no such collection.", 404)
    collection, document_id = found["collection"], found["document"]
    rights = _Rights(changeable_by=changeable_by(definitions, collection), is_owner=store.is_owner)
    match api_request.method, document_id:
        case "GET", None:
            return _page(store, collection, api_request, rights)
        case "POST", None:
            data = _received(api_request, definitions, collection, store)
            added = store.create(collection, data, len(api_request.body))
            return ApiResponse(status=201, value=rights.shown(added))
        case "GET", str():
            return ApiResponse(status=200, value=rights.shown(store.read(collection, document_id)))
        case "PUT", str():
            data = _received(api_request, definitions, collection, store)
            rights.check(store.read(collection, document_id))
            replaced = store.replace(collection, document_id, data, len(api_request.body))
            return ApiResponse(status=200, value=rights.shown(replaced))
        case "DELETE", str():
            rights.check(store.read(collection, document_id))
            if not store.delete(collection, document_id):
                raise DocumentRefused(NOT_THERE, 404)
            return ApiResponse(status=204)
    raise DocumentRefused("A collection cannot be asked for that.", 405)


def _page(
    store: DocumentStore, collection: str, api_request: ApiRequest, rights: _Rights
) -> ApiResponse:
    if not (api_request.limit == "" or re.fullmatch(r"[0-9]{1,3}", api_request.limit)):
        raise DocumentRefused(f"limit is a number from 1 to {PAGE}.", 400)
    if not _ID.fullmatch(api_request.after):
        raise DocumentRefused("after is the id of a document.", 400)
    limit = min(max(int(api_request.limit or PAGE), 1), PAGE)
    documents = store.page(collection, after=api_request.after, limit=limit)
    following = documents[-1].document_id if len(documents) == limit else None
    shown = [rights.shown(one) for one in documents]
    page = {"documents": shown, "next": following, "is_owner": rights.is_owner}
    return ApiResponse(status=200, value=page)


def _received(
    api_request: ApiRequest, definitions: Definitions, collection: str, store: DocumentStore
) -> Mapping[str, object]:
    """The document that was sent; it may also be as other versions of the app take it."""
    if api_request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise DocumentRefused("Send the document as application/json.", 415)
    try:
        return read_document(definitions, collection, api_request.body)
    except DocumentMisfit:
        known = known_definitions(collection, store.definitions_of_versions())
        with suppress(DocumentRefused):
            return read_document(known, collection, api_request.body)
        raise
