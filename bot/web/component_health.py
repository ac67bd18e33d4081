"""How each part is that the product needs: asked by `/health`, and shown by the console."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.database.migrate import pending
from bot.errors import DatabaseTooOld, DatabaseUnavailable
from bot.operating.liveness import ComponentDown, look_at_workers
from bot.web.database import visit
from bot.web.write_probe import WriteProbe

PATIENCE = 1.0  # seconds for the database


@dataclass(frozen=True, kw_only=True)
class ComponentHealth:
    """A part that the product needs, and how long it took to ask it."""

    status: Literal["up", "down"]
    detail: str
    latency_ms: float


class Components:
    """Where the parts are asked; one for each process."""

    def __init__(self, database_url: str, pool: ConnectionPool[Connection]) -> None:
        self._database_url = database_url
        self._pool = pool
        self._probe = WriteProbe(pool)

    def look(self, *, tells_version: bool) -> dict[str, ComponentHealth]:
        """Ask each of them."""
        return {
            "database": asked(lambda: self._database(tells_version=tells_version)),
            "writes": asked(self._writes),
            "schema": asked(self._schema),
            "worker": asked(self._worker),
        }

    def _database(self, *, tells_version: bool) -> str:
        with visit(self._pool, patience=PATIENCE) as connection:
            connection.execute("SELECT")
            if not tells_version:
                return "the database answers"
            return f"PostgreSQL {connection.info.server_version // 10_000}"

    def _writes(self) -> str:
        if refusal := self._probe.refusal():
            raise ComponentDown(f"the database takes no writes ({refusal})")
        return "the database takes writes"

    def _schema(self) -> str:
        if missing := pending(self._database_url):
            raise ComponentDown(f"{len(missing)} migrations are not applied")
        return "all migrations are applied"

    def _worker(self) -> str:
        with visit(self._pool, patience=PATIENCE) as connection:
            return look_at_workers(connection)


def asked(look: Callable[[], str]) -> ComponentHealth:
    """How a part is: `look` says it, or raises `ComponentDown`."""
    started = perf_counter()
    try:
        status: Literal["up", "down"] = "up"
        detail = look()
    except (ComponentDown, DatabaseTooOld) as error:
        status, detail = "down", str(error)
    except (DatabaseUnavailable, psycopg.Error):
        status, detail = "down", "the database does not answer"
    return ComponentHealth(
        status=status, detail=detail, latency_ms=round((perf_counter() - started) * 1000, 2)
    )
