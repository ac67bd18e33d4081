"""Serves the published apps, on an origin that has nothing of the product's."""

import gzip
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from logfire import suppress_instrumentation
from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.wrappers import Request, Response

from bot.collections.api import PREFIX
from bot.errors import DatabaseUnavailable
from bot.settings.groups import IdentitySettings, WebSettings
from bot.sites.completed_files import find_shown
from bot.sites.content_policy import content_policy
from bot.sites.file_types import CONTENT_TYPES, file_type, is_paper, is_text
from bot.sites.links import SiteLinks
from bot.sites.published_files import SiteFile
from bot.web.collections import CollectionsApi
from bot.web.database import visit
from bot.web.notices import notice
from bot.web.service_workers import is_for_worker, leaving_worker
from bot.web.visitors import Visitors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    # The link is the key to the app: it is not told to the sites that the app leads to.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Only the visitor's own browser may keep a file, so that no cache in between serves on what a user
# has deleted, or one visitor's key to another. A version's link never shows anything else.
PINNED = "private, max-age=31536000, immutable"
CURRENT = "private, no-cache"
ISOLATION_END = "\u2069"


class Sites:
    """The WSGI application at SITES_BASE_URL.

    A request's token is the only way to a file, compared exactly and never as a path on a disk, so
    no spelling of a path leads into another project.
    """

    def __init__(
        self,
        web: WebSettings,
        keys: IdentitySettings,
        links: SiteLinks,
        pool: ConnectionPool[Connection],
    ) -> None:
        self._links = links
        self._pool = pool
        self._visitors = Visitors(keys, links)
        self._collections = CollectionsApi(web, keys, links, pool, self._visitors)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        # Links are secret and visits are the visitors' business: neither is traced.
        environ = _as_sent(environ)
        with suppress_instrumentation():
            response = self._answer(Request(environ))
        for name, value in COMMON_HEADERS.items():
            response.headers[name] = value
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if is_for_worker(request):  # also for an app that is gone
            return leaving_worker()
        token, path = self._links.locate(request.headers.get("Host", ""), request.path)
        if path is not None and path.startswith(PREFIX):
            return self._collections.answer(request, token, path.removeprefix(PREFIX))
        if request.method not in {"GET", "HEAD"}:
            response = notice(405, "Not possible here", "An app's files can only be read.")
            response.headers["Allow"] = "GET, HEAD"
            return response
        name = path or "index.html"
        if name.endswith("/"):
            name += "index.html"
        try:
            with visit(self._pool) as connection:
                found = find_shown(connection, token, name)
        except DatabaseUnavailable:
            return notice(503, "One moment", "The app cannot be loaded just now; try again soon.")
        url = self._links.url(token)
        file = found.shown(url, request.args.get("v")) if found else None
        if file is None:
            return notice(404, "Nothing here", "This link does not lead to an app (any more).")
        if path is None:
            return _moved(url, request)
        response = _present(file, request, content_policy(url))
        if found is not None and found.is_page_of_shared:
            self._visitors.welcome(request, response, token)
        return response


def _as_sent(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """The request for the link as the bot sent it.

    In a text that runs from right to left a mark stands behind the link that ends its isolation,
    and some phones take it for the link's last character.
    """
    path: str = environ.get("PATH_INFO", "")
    query: str = environ.get("QUERY_STRING", "")
    return {
        **environ,
        "PATH_INFO": path.removesuffix(ISOLATION_END.encode().decode("latin-1")),
        "QUERY_STRING": query.removesuffix(quote(ISOLATION_END)),
    }


def _present(file: SiteFile, request: Request, policy: str) -> Response:
    is_packed = request.accept_encodings.quality("gzip") > 0 and is_text(file.path)
    # A strong tag names the bytes sent, so the packed form has another one; either tells that the
    # visitor has this content.
    plain, packed = file.sha256, f"{file.sha256}-gzip"
    response = Response(content_type=CONTENT_TYPES[file_type(file.path)])
    response.set_etag(packed if is_packed else plain)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = PINNED if file.is_pinned else CURRENT
    response.headers["Content-Security-Policy"] = policy
    if is_paper(file.path):  # to be read in the browser, and saved by its own name
        name = PurePosixPath(file.path).name
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    known = request.if_none_match
    if known.contains_weak(plain) or known.contains_weak(packed):
        response.status_code = 304
    elif is_packed:
        response.headers["Content-Encoding"] = "gzip"
        response.data = gzip.compress(file.content, compresslevel=6, mtime=0)
    else:
        response.data = file.content
    return response


def _moved(url: str, request: Request) -> Response:
    """Send the visitor to the address with the slash, below which relative links work."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return Response(status=308, headers={"Location": url + query})
