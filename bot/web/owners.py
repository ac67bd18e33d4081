"""What an app's owner opens from the chat: the app as theirs, and all that visitors left."""

from uuid import UUID

from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.wrappers import Request, Response

from bot.collections.documents import find_owned, list_all
from bot.collections.owner_keys import (
    BROWSER,
    DOWNLOAD,
    OPENING,
    Purpose,
    make_owner_key,
    owned_project,
)
from bot.database.clock import database_time_blocking
from bot.errors import DatabaseUnavailable
from bot.projects.packing import ZIP, as_files, file_name, zipped
from bot.settings.groups import IdentitySettings
from bot.sites.links import SiteLinks
from bot.web.database import visit
from bot.web.notices import notice
from bot.web.visitors import Visitors


class Owners:
    """Answers the links with an owner's key."""

    def __init__(
        self,
        keys: IdentitySettings,
        links: SiteLinks,
        pool: ConnectionPool[Connection],
        visitors: Visitors,
    ) -> None:
        self._keys = keys
        self._links = links
        self._pool = pool
        self._visitors = visitors

    def answer(self, request: Request, token: str) -> Response | None:
        """What the link is for, or that it has expired; None if it has no owner's key."""
        purpose = next((one for one in (OPENING, DOWNLOAD) if one in request.args), None)
        if purpose is None:
            return None
        key = request.args[purpose]
        try:
            response = self._download(token, key) if purpose == DOWNLOAD else self._open(token, key)
        except DatabaseUnavailable:
            return notice(503, "One moment", "That cannot be loaded just now; try again soon.")
        response.headers["Cache-Control"] = "no-store"
        return response

    def _open(self, token: str, key: str) -> Response:
        with visit(self._pool) as connection:
            owned = self._owned(connection, token, key, OPENING)
            if owned is None:
                return _expired()
            project_id, _ = owned
            now = database_time_blocking(connection)
        response = Response(status=303, headers={"Location": self._links.url(token)})
        kept = make_owner_key(self._keys, project_id, BROWSER, now=now)
        self._visitors.admit_owner(response, token, kept)
        return response

    def _download(self, token: str, key: str) -> Response:
        with visit(self._pool) as connection:
            owned = self._owned(connection, token, key, DOWNLOAD)
            if owned is None:
                return _expired()
            project_id, title = owned
            files = as_files(list_all(connection, project_id))
        response = Response(zipped(files), content_type=ZIP)
        name = f"{file_name(title)}-data.zip"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response

    def _owned(
        self, connection: Connection, token: str, key: str, purpose: Purpose
    ) -> tuple[UUID, str] | None:
        now = database_time_blocking(connection)
        project_id = owned_project(self._keys, key, purpose, now=now)
        if project_id is None:
            return None
        title = find_owned(connection, token, project_id)
        return None if title is None else (project_id, title)


def _expired() -> Response:
    return notice(404, "Nothing here", "This link has expired; ask for the data in the chat again.")
