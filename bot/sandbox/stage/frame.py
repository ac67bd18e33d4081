"""The frame in which a visitor tries an app: where it is, what it may reach, what it shares.

It has an origin beside the page's, as a published app has beside the product's: it keeps what it
stores in the browser, and reaches nothing but itself. What its visitors would share is kept in
memory, since shared data begins with a published app.
"""

from collections import OrderedDict
from threading import Lock
from urllib.parse import urlsplit
from uuid import UUID

from flask import Request, Response

from bot.checks.in_memory_documents import InMemoryDocuments
from bot.collections.api import ApiRequest, ApiResponse, handle
from bot.collections.room import MAX_DOCUMENTS
from bot.collections.schemas import MAX_DOCUMENT, read_definitions
from bot.errors import WorkspaceError
from bot.sites.content_policy import content_policy
from bot.sites.file_types import CONTENT_TYPES, file_type

APPS_KEPT = 16  # of the others, what was entered is forgotten
SANDBOX = "allow-scripts allow-forms allow-same-origin"

Tried = tuple[UUID, int | None]
"""A project, and the version of it; None is what is being worked on."""


def origin_beside(url: str) -> str:
    """The same port of this machine by its other name: to a browser that is another origin."""
    parts = urlsplit(url)
    name = "127.0.0.1" if parts.hostname == "localhost" else "localhost"
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port else "")


def file_response(content: bytes, path: str, own: str) -> Response:
    """A file of the app at the address `own`, which the stage alone may frame."""
    answer = Response(content, content_type=CONTENT_TYPES[file_type(path)])
    policy = content_policy(own, framed_by=origin_beside(own))
    answer.headers["Content-Security-Policy"] = f"sandbox {SANDBOX}; {policy}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


class TriedCollections:
    """What was entered in the frame, app by app: begins empty, is never stored. Safe for threads.

    All who try an app on this machine are one visitor.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._documents: OrderedDict[Tried, InMemoryDocuments] = OrderedDict()

    def answer(
        self, tried: Tried, definitions: bytes | None, path: str, request: Request
    ) -> Response:
        """Do what an app asks of its collections, which `definitions` describes."""
        body = request.stream.read(MAX_DOCUMENT + 1)  # a byte more tells that it is too much
        api_request = ApiRequest(
            method=request.method,
            path=path,
            content_type=request.headers.get("Content-Type", ""),
            after=request.args.get("after", ""),
            limit=request.args.get("limit", ""),
            body=body,
        )
        with self._lock:
            response = self._handle(tried, definitions, api_request)
        return Response(
            response.body, response.status, content_type="application/json; charset=utf-8"
        )

    def _handle(
        self, tried: Tried, definitions: bytes | None, api_request: ApiRequest
    ) -> ApiResponse:
        try:
            known = read_definitions((definitions or b"").decode())
        except WorkspaceError:
            return _refused(404, "This app's collections are not well defined yet.")
        documents = self._documents.setdefault(tried, InMemoryDocuments())
        self._documents.move_to_end(tried)
        while len(self._documents) > APPS_KEPT:
            self._documents.popitem(last=False)
        if api_request.method == "POST" and documents.count() >= MAX_DOCUMENTS:
            return _refused(507, "This app's memory is full; delete something first.")
        return handle(api_request, known, documents)


def _refused(status: int, sentence: str) -> ApiResponse:
    return ApiResponse(status=status, value={"error": sentence})
