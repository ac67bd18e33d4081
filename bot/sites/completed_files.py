"""What a link shows: the files of the app, its start page completed, and the files added to it.

The added ones are found where the start page is, and only there: what takes it away, be it another
version or its user's "forget me", takes them away too. A file of the app's own comes first.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from psycopg import Connection

from bot.sites.app_icon import draw_png, draw_svg
from bot.sites.app_profile import AppProfile, find_picture, find_profile
from bot.sites.completion import ICON, MANIFEST, PICTURE, TOUCH_ICON, complete, head_of
from bot.sites.file_types import file_type
from bot.sites.published_files import SiteFile, find_file, shares_data
from bot.sites.web_manifest import web_manifest

START = "index.html"
ADDED = (ICON, TOUCH_ICON, MANIFEST, PICTURE)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was read from the database for one request; the rest can be done without."""

    path: str
    file: SiteFile  # the one asked for, or the start page that it is added to
    profile: AppProfile | None
    picture: bytes | None = None
    is_page_of_shared: bool = False  # a page of an app whose visitors share data

    def shown(self, url: str, stamp: str | None) -> SiteFile | None:
        """The file as visitors of the app at `url` get it; None if there is none.

        An added file that was asked for by its `stamp` never changes. A completed page may.
        """
        if self.profile is None:
            return self.file
        if self.path == START:
            page = complete(self.file.content, self.profile, url)
            return _with(self.file, page, is_pinned=False)
        added = self._added(self.profile, url)
        if added is None:
            return None
        file = replace(self.file, path=self.path)
        return _with(file, added, is_pinned=stamp == self.profile.stamp)

    def _added(self, profile: AppProfile, url: str) -> bytes | None:
        if self.path == PICTURE:
            return self.picture
        if self.path == MANIFEST:
            return web_manifest(profile, head_of(self.file.content), url)
        draw = draw_svg if self.path == ICON else draw_png
        return draw(profile.initial, profile.colour)


def find_shown(connection: Connection, token: str, path: str) -> Found | None:
    """Look up what the link with this token shows at `path`; None if nothing."""
    file = find_file(connection, token, path)
    if file is None and path in ADDED:
        page = find_file(connection, token, START)
        profile = find_profile(connection, page) if page else None
        if page is None or profile is None:
            return None
        picture = find_picture(connection, page) if path == PICTURE else None
        return Found(path=path, file=page, profile=profile, picture=picture)
    if file is None:
        return None
    profile = find_profile(connection, file) if path == START else None
    is_shared = file_type(path) == "html" and shares_data(connection, file)
    return Found(path=path, file=file, profile=profile, is_page_of_shared=is_shared)


def _with(file: SiteFile, content: bytes, *, is_pinned: bool) -> SiteFile:
    digest = sha256(content).hexdigest()
    return replace(file, content=content, sha256=digest, is_pinned=is_pinned)
