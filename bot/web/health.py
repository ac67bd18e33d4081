"""For load balancers: `/health` says that the process lives, `/ready` that it can work."""

from flask import Blueprint, Response
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.database.migrate import pending
from bot.web.database import visit

PATHS = frozenset({"/health", "/ready"})


def health(database_url: str, pool: ConnectionPool[Connection]) -> Blueprint:
    """Make the two routes; they show nothing and need no token."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def live() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @routes.get("/ready")
    def ready() -> Response:
        with visit(pool) as connection:
            connection.execute("SELECT")
        if missing := pending(database_url):
            return Response(
                f"{len(missing)} migrations are not applied; run: textcrew migrate\n",
                status=503,
                mimetype="text/plain",
            )
        return Response("ready\n", mimetype="text/plain")

    return routes
