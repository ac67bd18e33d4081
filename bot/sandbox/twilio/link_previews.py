"""Previews of links as WhatsApp makes them: title, description and picture of the page.

Only pages of the product's own origins are fetched; any other link has no preview.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from urllib3 import PoolManager, Timeout
from urllib3.exceptions import HTTPError

from bot.sites.links import SiteLinks, host_of

# https://developers.facebook.com/documentation/business-messaging/whatsapp/link-previews/
HEAD_BYTES = 300 * 1024
PICTURE_BYTES = 2**20
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
SECONDS = 5.0
HOPS = 3
LONGEST = 300  # characters
AS_WHATSAPP: Mapping[str, str] = {"User-Agent": "WhatsApp/2.23.20.0 A", "Accept": "text/html,*/*"}


@dataclass(frozen=True, kw_only=True)
class LinkPreview:
    """What is shown of a page; `picture` is a data URL, or empty."""

    host: str
    title: str
    description: str
    picture: str


class LinkPreviews:
    """Makes previews of what is below `PUBLIC_BASE_URL` and `SITES_BASE_URL`. Safe for threads."""

    def __init__(self, public_base_url: str, sites_base_url: str) -> None:
        self._public_base_url = public_base_url
        self._sites = SiteLinks(sites_base_url)
        self._http = PoolManager(timeout=Timeout(total=SECONDS), retries=False)

    def close(self) -> None:
        self._http.clear()

    def preview(self, url: str) -> LinkPreview | None:
        """Return what the page says of itself, None if it is not ours, not there or untitled."""
        found = self._fetch(url, HEAD_BYTES)
        if found is None or found.content_type != "text/html":
            return None
        head = _Head()
        head.feed(found.content.decode(errors="replace"))
        title = head.said.get("og:title") or head.title
        if not title.strip():
            return None
        picture = head.said.get("og:image")
        return LinkPreview(
            host=urlsplit(found.url).netloc,
            title=title.strip()[:LONGEST],
            description=(head.said.get("og:description") or "").strip()[:LONGEST],
            picture=self._picture(urljoin(found.url, picture)) if picture else "",
        )

    def _picture(self, url: str) -> str:
        found = self._fetch(url, PICTURE_BYTES)
        if found is None or found.is_cut or found.content_type not in PICTURES:
            return ""
        return f"data:{found.content_type};base64,{base64.b64encode(found.content).decode()}"

    def _fetch(self, url: str, limit: int) -> "_Fetched | None":
        """Fetch at most `limit` bytes; every address on the way must be ours."""
        for _ in range(HOPS):
            if not self._is_ours(url):
                return None
            try:
                answer = self._http.request(
                    "GET", url, redirect=False, preload_content=False, headers=AS_WHATSAPP
                )
                content = answer.read(limit + 1, decode_content=True)
                answer.close()
            except HTTPError:
                return None
            if location := answer.get_redirect_location():
                url = urljoin(url, location)
                continue
            if answer.status != 200:
                return None
            content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
            return _Fetched(
                url=url,
                content_type=content_type,
                content=content[:limit],
                is_cut=len(content) > limit,
            )
        return None

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
            return False
        public = urlsplit(self._public_base_url)
        if parts.scheme == public.scheme and host_of(url) == host_of(self._public_base_url):
            return True
        sites = urlsplit(self._sites.base_url)
        return parts.scheme == sites.scheme and self._sites.serves(parts.netloc)


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    url: str
    content_type: str
    content: bytes
    is_cut: bool


class _Head(HTMLParser):
    """What a page's head says of it: its title, and contents by property or name."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.said: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "title":
            self._in_title = not self.title
        elif tag == "meta" and (name := told.get("property") or told.get("name")):
            self.said.setdefault(name, told.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
