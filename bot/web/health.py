"""For load balancers and users: `/health` tells how each part is, `/ready` whether to send work.

`/health` answers 200 as long as the process lives, also when a part is down: a restart of this
process would not fix it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Literal

import psycopg
from flask import Blueprint, Response, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic_core import to_json

import bot
import telemetry
from bot.database.migrate import pending
from bot.errors import DatabaseTooOld, DatabaseUnavailable
from bot.web.auth import OperatorsDoor
from bot.web.database import visit
from bot.web.write_probe import WriteProbe
from telemetry.named_sql import statements

SQL = statements("bot.web", "health.sql")

PATHS = frozenset({"/health", "/ready"})

PATIENCE = 1.0  # seconds for the database
SILENCE = 30.0  # seconds without a heartbeat after which no worker counts as alive


@dataclass(frozen=True, kw_only=True)
class ComponentHealth:
    """A part that the product needs, and how long it took to ask it."""

    status: Literal["up", "down"]
    detail: str
    latency_ms: float


@dataclass(frozen=True, kw_only=True)
class Health:
    """How this process and what it works with are; versions are told to operators only.

    `paused` is what operators have stopped for a while, intake or sending: that is no fault. It is
    None where the database does not tell.
    """

    status: Literal["healthy", "degraded"]
    service: str
    version: str | None
    telemetry: Literal["on", "off"]
    components: dict[str, ComponentHealth]
    paused: list[str] | None


def health(
    service_name: str,
    database_url: str,
    pool: ConnectionPool[Connection],
    door: OperatorsDoor,
) -> Blueprint:
    """Make the two routes; they tell nothing of users and need no token.

    Versions are in `/health` for who shows OPERATOR_TOKEN.
    """
    routes = Blueprint("health", __name__)
    trial = WriteProbe(pool)

    @routes.get("/health")
    def live() -> Response:
        is_operator = "Authorization" in request.headers
        if is_operator and (refusal := door.refusal()):
            return refusal
        components = {
            "database": _ask(lambda: _database(pool, tells_version=is_operator)),
            "writes": _ask(lambda: _writes(trial)),
            "schema": _ask(lambda: _schema(database_url)),
            "worker": _ask(lambda: _worker(pool)),
        }
        down = any(component.status == "down" for component in components.values())
        report = Health(
            status="degraded" if down else "healthy",
            service=service_name,
            version=bot.__version__ if is_operator else None,
            telemetry="on" if telemetry.is_on() else "off",
            components=components,
            paused=_paused(pool),
        )
        told = {name: part for name, part in asdict(report).items() if part is not None}
        return Response(to_json(told), mimetype="application/json")

    @routes.get("/ready")
    def ready() -> Response:
        with visit(pool) as connection:
            connection.execute("SELECT")
        try:
            missing = pending(database_url)
        except DatabaseTooOld as error:
            return _not_ready(str(error))
        if missing:
            return _not_ready(f"{len(missing)} migrations are not applied; run: textcrew migrate")
        return Response("ready\n", mimetype="text/plain")

    return routes


def _not_ready(sentence: str) -> Response:
    return Response(f"{sentence}\n", status=503, mimetype="text/plain")


class _Down(Exception):
    """What is the matter."""


def _ask(look: Callable[[], str]) -> ComponentHealth:
    started = perf_counter()
    try:
        status: Literal["up", "down"] = "up"
        detail = look()
    except (_Down, DatabaseTooOld) as error:
        status, detail = "down", str(error)
    except (DatabaseUnavailable, psycopg.Error):
        status, detail = "down", "the database does not answer"
    return ComponentHealth(
        status=status, detail=detail, latency_ms=round((perf_counter() - started) * 1000, 2)
    )


def _database(pool: ConnectionPool[Connection], *, tells_version: bool) -> str:
    with visit(pool, patience=PATIENCE) as connection:
        connection.execute("SELECT")
        if not tells_version:
            return "the database answers"
        return f"PostgreSQL {connection.info.server_version // 10_000}"


def _writes(trial: WriteProbe) -> str:
    if refusal := trial.refusal():
        raise _Down(f"the database takes no writes ({refusal})")
    return "the database takes writes"


def _schema(database_url: str) -> str:
    if missing := pending(database_url):
        raise _Down(f"{len(missing)} migrations are not applied")
    return "all migrations are applied"


def _paused(pool: ConnectionPool[Connection]) -> list[str] | None:
    try:
        with visit(pool, patience=PATIENCE) as connection:
            return [what for (what,) in connection.execute(SQL["list_pauses"])]
    except (DatabaseUnavailable, psycopg.Error):
        return None


def _worker(pool: ConnectionPool[Connection]) -> str:
    with visit(pool, patience=PATIENCE) as connection:
        row = connection.execute(SQL["find_last_heartbeat"]).fetchone()
        waiting = connection.execute(SQL["find_neglected_queues"], {"silence": SILENCE}).fetchall()
    seconds = row[0] if row else None
    if seconds is None:
        raise _Down("no worker has started yet")
    if seconds > SILENCE:
        raise _Down(f"no worker has shown a sign of life for {seconds:.0f} s")
    if waiting:
        queues = " and ".join(queue for (queue,) in waiting)
        raise _Down(f"no worker takes the jobs of {queues}; start one for all lanes")
    return f"the last sign of life is {seconds:.0f} s old"
