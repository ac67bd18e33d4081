"""The collections of a published app over HTTP, below the app's own address.

Only the app's own pages are let in: a browser that says it comes from elsewhere is refused, no
CORS header is ever sent, and a document must be JSON, which no form can send.
"""

from uuid import UUID

from psycopg import Connection
from psycopg.errors import ForeignKeyViolation
from psycopg_pool import ConnectionPool
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from bot.collections.api import ApiRequest, ApiResponse, handle
from bot.collections.documents import Documents, ShownCollections, find_shown
from bot.collections.room import share_key
from bot.collections.schemas import MAX_DOCUMENT, read_definitions
from bot.errors import DatabaseUnavailable, WorkspaceError
from bot.settings.groups import IdentitySettings, WebSettings
from bot.sites.links import SiteLinks
from bot.web.client_address import address_of
from bot.web.database import visit
from bot.web.origin import is_from_another_site
from bot.web.owners import Owners
from bot.web.rate_limiter import RateLimiter
from bot.web.visitors import Visitors

# Requests a minute, counted in each web process. A visitor is known by address; one who has many
# still meets the app's own limits.
VISITOR_READS = 240
VISITOR_WRITES = 40
APP_READS = 3_000
APP_WRITES = 600

_METHODS = "GET, HEAD, POST, PUT, DELETE"


class CollectionsApi:
    """Answers what is below `api/collections/` of an app."""

    def __init__(
        self,
        web: WebSettings,
        keys: IdentitySettings,
        links: SiteLinks,
        pool: ConnectionPool[Connection],
        visitors: Visitors,
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._proxies = web.trusted_proxies or ()
        self._visitors = visitors
        self._owners = Owners(keys, links, pool, self._visitors)
        self._rates_of_visitors = RateLimiter()
        self._rates_of_apps = RateLimiter()

    def answer(self, request: Request, token: str, path: str) -> Response:
        """Answer a request for `path` in the collections of the app with this token."""
        if request.method == "GET" and path == "":
            # From the chat, which is another site.
            found = self._owners.answer(request, token)
            if found is not None:
                return found
        if is_from_another_site(request.headers):
            return _refusal(403, "Only the app itself can use its collections.")
        try:
            # Before anything is counted: a made-up link takes nobody's place in the table.
            with visit(self._pool) as connection:
                shown = find_shown(connection, token)
            if shown is None:
                return _refusal(404, "This app has no collections.")
            return self._answer_for(request, token, path, shown)
        except ForeignKeyViolation:  # its owner was forgotten in this moment
            return _refusal(404, "This app has no collections.")
        except WorkspaceError:
            return _refusal(404, "This app's collections are not well defined.")
        except DatabaseUnavailable:
            return _refusal(503, "The app's memory cannot be reached just now; try again soon.")

    def _answer_for(
        self, request: Request, token: str, path: str, shown: ShownCollections
    ) -> Response:
        project_id = shown.project_id
        if not self._may(request, project_id):
            response = _refusal(429, "That was too much at once; wait a minute.")
            response.headers["Retry-After"] = "60"
            return response
        try:
            api_request = _api_request(request, path)
        except HTTPException as error:
            return _refusal(error.code or 400, "The body cannot be read.")
        with visit(self._pool) as connection:
            visitor = self._visitors.recognize(request, connection, project_id)
            address = "" if visitor.is_owner else address_of(request, self._proxies)
            documents = Documents(
                connection,
                project_id,
                visitor.author(project_id),
                share_key(self._keys, project_id, address),
            )
            definitions = read_definitions(shown.definitions)
            current = read_definitions(shown.current) if shown.current else {}
            response = _present(handle(api_request, definitions, documents, current=current))
        self._visitors.remember(response, token, visitor)
        return response

    def _may(self, request: Request, project_id: UUID) -> bool:
        is_read = request.method in {"GET", "HEAD"}
        address = address_of(request, self._proxies)
        return self._rates_of_visitors.allow(
            project_id, is_read, address, limit=VISITOR_READS if is_read else VISITOR_WRITES
        ) and self._rates_of_apps.allow(
            project_id, is_read, limit=APP_READS if is_read else APP_WRITES
        )


def _api_request(request: Request, path: str) -> ApiRequest:
    # One byte more than is allowed tells that it is too much.
    body = request.stream.read(MAX_DOCUMENT + 1) if request.method in {"POST", "PUT"} else b""
    return ApiRequest(
        method=request.method,
        path=path,
        content_type=request.headers.get("Content-Type", ""),
        after=request.args.get("after", ""),
        limit=request.args.get("limit", ""),
        body=body,
    )


def _refusal(status: int, sentence: str) -> Response:
    return _present(ApiResponse(status=status, value={"error": sentence}))


def _present(reply: ApiResponse) -> Response:
    response = Response(reply.body, reply.status)
    if reply.status == 204:
        response.headers.pop("Content-Type", None)
    else:
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    if reply.status == 405:
        response.headers["Allow"] = _METHODS
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return response
