"""`/metrics` for Prometheus, behind OPERATOR_TOKEN: what all processes together have counted."""

from flask import Blueprint, Response
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.web.auth import Authenticator
from bot.web.database import visit
from telemetry.prometheus import CONTENT_TYPE, exposition


def metrics(pool: ConnectionPool[Connection], authenticator: Authenticator) -> Blueprint:
    """Make the route."""
    routes = Blueprint("metrics", __name__)

    @routes.before_request
    def admit_operators() -> Response | None:
        return authenticator.require_operator()

    @routes.get("/metrics")
    def show() -> Response:
        with visit(pool) as connection:
            return Response(exposition(connection), content_type=CONTENT_TYPE)

    return routes
