"""What a page can ask of its collections, apart from how it is asked and where they are kept.

`api/collections/<name>` lists (GET) and adds (POST), `api/collections/<name>/<id>` reads (GET),
replaces (PUT) and deletes (DELETE). HEAD asks as GET does. Whatever is refused is said in one
sentence.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType
from typing import Protocol

from bot.collections.document import Document
from bot.collections.known_schemas import known_definitions
from bot.collections.rights import NOT_THERE, Rights, rights_in
from bot.collections.schemas import Definitions, check_size, read_document
from bot.errors import DocumentMisfit, DocumentRefused

PREFIX = "api/collections/"
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
        self,
        collection: str,
        document_id: str,
        data: Mapping[str, object],
        size: int,
        *,
        kept: Collection[str],
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


def handle(
    api_request: ApiRequest,
    definitions: Definitions,
    store: DocumentStore,
    *,
    current: Definitions = MappingProxyType({}),
) -> ApiResponse:
    """Do what is asked, or say why not.

    Where the app's `current` version has the collection, that says who may do what.
    """
    try:
        return _do(api_request, definitions, {**definitions, **current}, store)
    except DocumentRefused as refused:
        return ApiResponse(status=refused.status, value={"error": str(refused)})


def _do(
    api_request: ApiRequest, definitions: Definitions, ruling: Definitions, store: DocumentStore
) -> ApiResponse:
    found = _PATH.fullmatch(api_request.path)
    if found is None or found["collection"] not in definitions:
        raise DocumentRefused("There is no such collection.", 404)
    collection, document_id = found["collection"], found["document"]
    rights = rights_in(ruling[collection].schema, is_owner=store.is_owner)
    match api_request.method, document_id:
        case "GET" | "HEAD", None:
            return _page(store, collection, api_request, rights)
        case "POST", None:
            data = _received(api_request, definitions, collection, store)
            rights.check_added(data)
            added = store.create(collection, data, len(api_request.body))
            return ApiResponse(status=201, value=_shown(added, rights))
        case "GET" | "HEAD", str():
            read = store.read(collection, document_id)
            return ApiResponse(status=200, value=_shown(read, rights))
        case "PUT", str():
            data = _received(api_request, definitions, collection, store)
            before = rights.check_change(store.read(collection, document_id))
            rights.check_replaced(before, data)
            size = _size(api_request, data, rights.left_as_is(before, data))
            kept = rights.untouchable
            replaced = store.replace(collection, document_id, data, size, kept=kept)
            return ApiResponse(status=200, value=_shown(replaced, rights))
        case "DELETE", str():
            rights.check_change(store.read(collection, document_id))
            if not store.delete(collection, document_id):
                raise DocumentRefused(NOT_THERE, 404)
            return ApiResponse(status=204)
    raise DocumentRefused("A collection cannot be asked for that.", 405)


def _page(
    store: DocumentStore, collection: str, api_request: ApiRequest, rights: Rights
) -> ApiResponse:
    if not (api_request.limit == "" or re.fullmatch(r"[0-9]{1,3}", api_request.limit)):
        raise DocumentRefused(f"limit is a number from 1 to {PAGE}.", 400)
    if not _ID.fullmatch(api_request.after):
        raise DocumentRefused("after is the id of a document.", 400)
    limit = min(max(int(api_request.limit or PAGE), 1), PAGE)
    documents = store.page(collection, after=api_request.after, limit=limit)
    following = documents[-1].document_id if len(documents) == limit else None
    shown = [_shown(one, rights) for one in documents]
    page = {"documents": shown, "next": following, "is_owner": rights.is_owner}
    return ApiResponse(status=200, value=page)


def _shown(document: Document | None, rights: Rights) -> dict[str, object]:
    """The document as the page gets it."""
    if document is None:
        raise DocumentRefused(NOT_THERE, 404)
    return {
        "id": document.document_id,
        "data": document.data,
        "created_at": document.created_at.astimezone(UTC).isoformat(),
        "updated_at": document.updated_at.astimezone(UTC).isoformat(),
        "may_change": rights.may_change(document),
    }


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


def _size(
    api_request: ApiRequest, data: Mapping[str, object], left_as_is: Mapping[str, object]
) -> int:
    """The bytes of the document that was sent, with what is left in it as it is."""
    if not left_as_is:
        return len(api_request.body)
    whole = json.dumps({**data, **left_as_is}, ensure_ascii=False, separators=(",", ":"))
    size = len(whole.encode())
    check_size(size)
    return size
