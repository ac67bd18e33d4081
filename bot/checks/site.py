"""Serves the app under check to the browser from memory; there is no network behind it.

Every request of the page is answered here, by an origin that exists nowhere else. Three walls keep
the page in, each of them enough: the policy that published apps have too, this interception, which
refuses whatever is not the app's own, and a browser that can resolve no name and no address
(`bot.checks.chromium.ISOLATION`).
"""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from playwright.async_api import Error as BrowserError
from playwright.async_api import Request, Route, WebSocketRoute

from bot.checks.finding_collector import FindingCollector
from bot.checks.in_memory_documents import InMemoryDocuments, Visitor
from bot.checks.report import Finding
from bot.collections.api import PREFIX, ApiRequest, handle
from bot.collections.rights import is_owner_needed
from bot.collections.schemas import DEFINITIONS, read_definitions
from bot.errors import WorkspaceError
from bot.sites.content_policy import content_policy
from bot.sites.file_types import CONTENT_TYPES, file_type

HOST = "app.invalid"  # a name that never resolves (RFC 2606)
HOME = f"https://{HOST}/0123456789abcdef0123456789abcdef/"


@dataclass(kw_only=True)
class Site:
    """The app as its visitors get it; what the page asks for in vain is evidence."""

    files: dict[str, str]
    pictures: dict[str, bytes]
    evidence: FindingCollector
    documents: InMemoryDocuments = field(default_factory=InMemoryDocuments)

    def emptied(self) -> "Site":
        """The same app, whose collections hold nothing."""
        return replace(self, documents=InMemoryDocuments())

    def as_visitor(self, visitor: Visitor) -> "Site":
        """The same app with the same collections, for another visitor."""
        return replace(self, documents=self.documents.as_visitor(visitor))

    @property
    def has_owners_part(self) -> bool:
        """Whether the app's owner alone may do something; a fault of the definitions is told
        where they are used."""
        text = self.files.get(DEFINITIONS)
        try:
            return text is not None and bool(read_definitions(text)) and is_owner_needed(text)
        except WorkspaceError:
            return False

    async def answer(self, route: Route, request: Request) -> None:
        """Answer one request of the page."""
        parts = urlsplit(request.url)
        if not request.url.startswith(HOME) and await _is_for_another_window(request):
            await route.abort("blockedbyclient")  # as a link leads to another site
        elif not request.url.startswith(HOME):
            self._refuse(f"the page asks for {_short(request.url)}, which is not its own")
            await route.abort("blockedbyclient")
        elif request.url.startswith(HOME + PREFIX):
            await self._use_collection(route, request)
        elif request.method not in {"GET", "HEAD"}:
            self._refuse(f"the page sends {request.method} to {parts.path}; files are only read")
            await route.fulfill(status=405, body="An app's files can only be read.")
        else:
            await self._send(route, unquote(parts.path).removeprefix(urlsplit(HOME).path))

    async def _use_collection(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        asked = dict(reversed(parse_qsl(parts.query)))  # of two values the first counts
        try:
            definitions = read_definitions(self.files.get(DEFINITIONS, ""))
        except WorkspaceError as error:
            self._refuse(f"the page uses collections: {error}")
            await route.fulfill(status=404, json={"error": "This app has no collections."})
            return
        api_request = ApiRequest(
            method=request.method,
            path=unquote(parts.path).removeprefix(urlsplit(HOME).path + PREFIX),
            content_type=request.headers.get("content-type", ""),
            after=asked.get("after", ""),
            limit=asked.get("limit", ""),
            body=request.post_data_buffer or b"",
        )
        response = handle(api_request, definitions, self.documents)
        if response.status >= 400:
            self._refuse(f"{request.method} {api_request.path}: {response.body.decode()}")
        await route.fulfill(
            status=response.status,
            body=response.body,
            content_type="application/json; charset=utf-8",
        )

    async def refuse_socket(self, socket: WebSocketRoute) -> None:
        """Close a web socket before it opens."""
        self._refuse(f"the page opens a web socket to {_short(socket.url)}")
        await socket.close()

    async def _send(self, route: Route, path: str) -> None:
        name = f"{path}index.html" if path == "" or path.endswith("/") else path
        text = self.files.get(name)
        content = self.pictures.get(name) if text is None else text.encode("utf-8")
        if content is None:
            self._refuse(f"{name} is missing: the page asks for it and there is no such file")
            await route.fulfill(status=404, body="There is no such file.")
            return
        await route.fulfill(
            status=200,
            body=content,
            content_type=CONTENT_TYPES[file_type(name)],
            headers={
                "Content-Security-Policy": content_policy(HOME),
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _refuse(self, message: str) -> None:
        self.evidence.add(Finding(check="requests", message=message))


async def _is_for_another_window(request: Request) -> bool:
    """Whether a window was opened for it, in which the app is not."""
    if not request.is_navigation_request():
        return False
    try:
        frame = request.frame
        return frame.parent_frame is None and await frame.page.opener() is not None
    except BrowserError:  # a window that is just being opened has no frame yet
        return True


def _short(url: str) -> str:
    return url if len(url) <= 100 else f"{url[:100]}…"
