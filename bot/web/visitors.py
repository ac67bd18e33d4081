"""Who uses an app's collections: a browser is known by a key in a cookie, and an owner by theirs.

No page can read the cookies, and no other site's page can have them sent. Where each app has an
origin of its own the visitor's key cannot be set by another app either.

The key comes with the app's page: what that asks first, all at once, is then asked by one visitor,
where each of the first answers would otherwise bring a key of its own and the last would be kept.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from werkzeug.wrappers import Request, Response

from bot.collections.api import PREFIX
from bot.collections.documents import Author
from bot.collections.owner_keys import BROWSER, OPENING, VALID_SECONDS, owned_project
from bot.database.clock import database_time_blocking
from bot.settings.groups import IdentitySettings
from bot.sites.links import SiteLinks, is_token, make_token

OWNER_COOKIE = "owner"
GIVEN_LATER = "__Host-visitor"  # by earlier versions, with the first answer of a collection
KEPT_SECONDS = 400 * 86_400  # browsers keep none for longer; each visit begins it again


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A browser's key, and whether it has shown that its user owns the app."""

    key: str
    is_owner: bool

    def author(self, project_id: UUID) -> Author:
        """How the documents of a project know the visitor; no two projects know the same."""
        hashed = hashlib.sha256(project_id.bytes + self.key.encode()).digest()
        return Author(key=hashed, is_owner=self.is_owner)


class Visitors:
    """Reads the cookies of visitors and gives them."""

    def __init__(self, keys: IdentitySettings, links: SiteLinks) -> None:
        self._keys = keys
        self._links = links
        self._is_secure = links.base_url.startswith("https:")
        self._has_own_origins = links.by_subdomain and self._is_secure
        self._cookie = "__Host-visitor-key" if self._has_own_origins else "visitor"

    def recognize(self, request: Request, connection: Connection, project_id: UUID) -> Visitor:
        """Whose request it is; whoever has no key is given one."""
        shown = request.cookies.get(OWNER_COOKIE, "")
        is_owner = bool(shown) and self._is_owners(shown, connection, project_id)
        return Visitor(key=self._key(request) or make_token(), is_owner=is_owner)

    def _is_owners(self, key: str, connection: Connection, project_id: UUID) -> bool:
        # Earlier versions let a browser keep the link's own key.
        now = database_time_blocking(connection)
        return project_id in {
            owned_project(self._keys, key, purpose, now=now) for purpose in (BROWSER, OPENING)
        }

    def welcome(self, request: Request, response: Response, token: str) -> None:
        """Give a browser that has no key one with the page."""
        if self._key(request) is None:
            self._keep_key(response, token, make_token())

    def remember(self, response: Response, token: str, visitor: Visitor) -> None:
        """Let the browser keep the visitor's key."""
        self._keep_key(response, token, visitor.key)

    def admit_owner(self, response: Response, token: str, key: str) -> None:
        """Let the browser keep the owner's key that is for it."""
        below = "/" if self._has_own_origins else self._links.path(token) + PREFIX
        self._set(response, below, OWNER_COOKIE, key, VALID_SECONDS[BROWSER], "Strict")

    def _key(self, request: Request) -> str | None:
        # A browser that was given its key before it came with the page has two: the first is older.
        given = (request.cookies.get(name, "") for name in (GIVEN_LATER, self._cookie))
        return next((key for key in given if is_token(key)), None)

    def _keep_key(self, response: Response, token: str, key: str) -> None:
        # Sent with the page, too, even to who comes from a chat on the web: else it would be given
        # anew there. What changes anything is no navigation and asks for more than this.
        below = "/" if self._has_own_origins else self._links.path(token)
        self._set(response, below, self._cookie, key, KEPT_SECONDS, "Lax")

    def _set(
        self, response: Response, below: str, name: str, value: str, seconds: int, same_site: str
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=below,
            secure=self._is_secure,
            httponly=True,
            samesite=same_site,
        )
