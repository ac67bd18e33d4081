"""What a page can ask of its collections, apart from how it is asked and where they are kept.

`api/collections/<name>` lists (GET) and adds (POST), `api/collections/<name>/<id>` reads (GET),
replaces (PUT) and deletes (DELETE). What somebody else wrote is replaced and deleted only where the
collection says that all may. Whatever is refused is said in one sentence.
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
from bot.collections.schemas import Definitions, all_may_change, read_document
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
    for_all = all_may_change(definitions, collection)
    match api_request.method, document_id:
        case "GET", None:
            return _page(store, collection, api_request, for_all=for_all)
        case "POST", None:
            data = _received(api_request, definitions, collection, store)
            added = store.create(collection, data, len(api_request.body))
            return ApiResponse(status=201, value=_shown(added, for_all=for_all))
        case "GET", str():
            return _existing(store.read(collection, document_id), for_all=for_all)
        case "PUT", str():
            data = _received(api_request, definitions, collection, store)
            _check_author(store.read(collection, document_id), for_all=for_all)
            replaced = store.replace(collection, document_id, data, len(api_request.body))
            return _existing(replaced, for_all=for_all)
        case "DELETE", str():
            _check_author(store.read(collection, document_id), for_all=for_all)
            if not store.delete(collection, document_id):
                raise DocumentRefused(NOT_THERE, 404)
            return ApiResponse(status=204)
    raise DocumentRefused("A collection cannot be asked for that.", 405)


def _check_author(document: Document | None, *, for_all: bool) -> None:
    """Let nobody change what is not theirs; whose a document is never changes."""
    if document is None:
        raise DocumentRefused(NOT_THERE, 404)
    if not (for_all or document.is_own):
        raise DocumentRefused("Only who wrote this can change it, and the owner of the app.", 403)


def _page(
    store: DocumentStore, collection: str, api_request: ApiRequest, *, for_all: bool
) -> ApiResponse:
    if not (api_request.limit == "" or re.fullmatch(r"[0-9]{1,3}", api_request.limit)):
        raise DocumentRefused(f"limit is a number from 1 to {PAGE}.", 400)
    if not _ID.fullmatch(api_request.after):
        raise DocumentRefused("after is the id of a document.", 400)
    limit = min(max(int(api_request.limit or PAGE), 1), PAGE)
    documents = store.page(collection, after=api_request.after, limit=limit)
    following = documents[-1].document_id if len(documents) == limit else None
    shown = [_shown(one, for_all=for_all) for one in documents]
    return ApiResponse(status=200, value={"documents": shown, "next": following})


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


def _existing(document: Document | None, *, for_all: bool) -> ApiResponse:
    if document is None:
        raise DocumentRefused(NOT_THERE, 404)
    return ApiResponse(status=200, value=_shown(document, for_all=for_all))


def _shown(document: Document, *, for_all: bool) -> dict[str, object]:
    return {
        "id": document.document_id,
        "data": document.data,
        "created_at": document.created_at.astimezone(UTC).isoformat(),
        "updated_at": document.updated_at.astimezone(UTC).isoformat(),
        "may_change": for_all or document.is_own,
    }
