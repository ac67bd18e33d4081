"""What all pages have at hand, and how they answer: as a page, or a listing as JSON."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import psycopg
from flask import Response, render_template, request
from psycopg import AsyncConnection, Connection
from psycopg_pool import ConnectionPool
from pydantic_core import to_json

from bot.database.outage import OUTAGE
from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from bot.web.console.alert_watch import AlertWatch
from bot.web.console.health_watch import CONNECT_SECONDS, HealthWatch
from bot.web.console.rows import Lists
from bot.web.database import AWAY, visit
from bot.web.query_reader import QueryReader

PAGE = 50  # rows of a list


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One for each process."""

    settings: Settings
    database_url: str
    pool: ConnectionPool[Connection]
    alerts: AlertWatch
    health: HealthWatch
    reader: QueryReader

    @contextmanager
    def visit(self) -> Iterator[Connection]:
        """Lend a connection. Raises `DatabaseUnavailable`."""
        with visit(self.pool) as connection:
            yield connection

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection to act on. Raises `DatabaseUnavailable`."""
        try:
            async with await AsyncConnection.connect(
                self.database_url, autocommit=True
            ) as connection:
                yield connection
        except OUTAGE as error:
            raise DatabaseUnavailable(AWAY) from error

    @contextmanager
    def records(self, product: Connection) -> Iterator[Connection | None]:
        """Lend a connection to where records are kept: `product`, unless they live apart.

        None where that database is away.
        """
        if self.settings.records_url is None:
            yield product
            return
        try:
            apart = psycopg.connect(
                self.settings.records_url, autocommit=True, connect_timeout=CONNECT_SECONDS
            )
        except psycopg.OperationalError:
            yield None
            return
        with apart:
            yield apart

    def page(self, template: str, **shown: object) -> Response:
        """Render a page of `templates/console`."""
        firing = sum(one.fires for one in self.alerts.look())
        html = render_template(f"console/{template}", env=self.settings.env, firing=firing, **shown)
        return Response(html, mimetype="text/html")

    def listing(self, template: str, lists: Lists, **shown: object) -> Response:
        """Answer with lists: as JSON with `?format=json` or by the Accept header, else as a page.

        `shown` is for the page alone.
        """
        if _wants_json():
            return Response(to_json(lists), mimetype="application/json")
        return self.page(template, **lists, **shown)


def _wants_json() -> bool:
    if chosen := request.args.get("format"):
        return chosen == "json"
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )
