"""For load balancers and monitoring: how each part is (`/health`), whether to send work (`/ready`).

`/health` answers 200 as long as the process lives, also when a part is down: a restart of this
process would not fix it.
"""

from dataclasses import asdict, dataclass
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
from bot.operating.pauses import list_pauses
from bot.web.auth import Authenticator
from bot.web.component_health import PATIENCE, ComponentHealth, Components
from bot.web.database import visit

PATHS = frozenset({"/health", "/ready"})


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
    authenticator: Authenticator,
    parts: Components,
) -> Blueprint:
    """Make the two routes; they tell nothing of users and need no token.

    Versions are in `/health` for who shows OPERATOR_TOKEN.
    """
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def live() -> Response:
        is_operator = "Authorization" in request.headers
        if is_operator and (refusal := authenticator.require_operator()):
            return refusal
        components = parts.look(tells_version=is_operator)
        down = any(component.status == "down" for component in components.values())
        report = Health(
            status="degraded" if down else "healthy",
            service=service_name,
            version=bot.__version__ if is_operator else None,
            telemetry="on" if telemetry.is_on() else "off",
            components=components,
            paused=_paused(pool),
        )
        fields = {name: part for name, part in asdict(report).items() if part is not None}
        return Response(to_json(fields), mimetype="application/json")

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


def _paused(pool: ConnectionPool[Connection]) -> list[str] | None:
    try:
        with visit(pool, patience=PATIENCE) as connection:
            return [pause.what for pause in list_pauses(connection)]
    except (DatabaseUnavailable, psycopg.Error):
        return None
