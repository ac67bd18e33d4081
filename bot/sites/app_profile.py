"""What is known of a published app beside its files: for previews of its link and home screens."""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row

from bot.markup.shortening import one_line, shorten
from bot.sites.app_icon import colour_of, initial_of
from bot.sites.published_files import SiteFile
from telemetry.named_sql import statements

SQL = statements("bot.sites", "app_profile.sql")

DESCRIPTION_LIMIT = 200  # characters; messengers show fewer
_APPEARANCE = 1  # counts up with every change of what is made of a profile
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_FROM_RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_MARKS = re.compile(r"(?<!\w)(```|[*_~`])(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class AppProfile:
    """One version of an app; `pictured` says when its picture was taken."""

    project_id: UUID
    title: str
    planned: str | None  # what it is, by its plan
    language: str | None
    pictured: str | None

    @property
    def description(self) -> str:
        """A sentence or two in plain text; empty if nothing was said of the app."""
        return shorten(one_line(_plain(self.planned or "")), DESCRIPTION_LIMIT)

    @property
    def spoken(self) -> str | None:
        """The language as a page can name it."""
        named = self.language or ""
        return named if _LANGUAGE.fullmatch(named) else None

    @property
    def colour(self) -> str:
        """The app's own, as `#rrggbb`."""
        return colour_of(str(self.project_id))

    @property
    def initial(self) -> str:
        """For the icon."""
        return initial_of(self.title)

    @cached_property
    def stamp(self) -> str:
        """Changes with anything that is made of this; tells nothing of it."""
        said = (_APPEARANCE, self.project_id, self.title, self.planned, self.language)
        return sha256(repr((*said, self.pictured)).encode()).hexdigest()[:16]


def find_profile(connection: Connection, page: SiteFile) -> AppProfile | None:
    """What is known of the version that shows this page; None if it is gone by now."""
    with connection.cursor(row_factory=class_row(AppProfile)) as cursor:
        cursor.execute(SQL["find_profile"], _key(page))
        return cursor.fetchone()


def find_picture(connection: Connection, page: SiteFile) -> bytes | None:
    """The PNG of the version that shows this page, if it was ever tried."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(SQL["find_app_picture"], _key(page))
        picture: bytes | None = cursor.fetchone()
        return picture


def direction_of(language: str) -> str:
    """Which way a language is written, as HTML says it."""
    return "rtl" if language.lower().partition("-")[0] in _FROM_RIGHT_TO_LEFT else "ltr"


def _key(page: SiteFile) -> dict[str, object]:
    return {"project_id": page.project_id, "number": page.number}


def _plain(text: str) -> str:
    """Without the marks that make words bold in a chat."""
    return _MARKS.sub(r"\2", text)
