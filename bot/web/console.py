"""The operators' page: what is going on, what was given up. Read-only, behind OPERATOR_TOKEN."""

from flask import Blueprint, Response, render_template, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic_core import to_json

from bot.web.auth import OperatorsDoor
from bot.web.database import visit
from bot.web.overview import read_overview


def console(pool: ConnectionPool[Connection], door: OperatorsDoor) -> Blueprint:
    """Make `/console`, as a page, or as JSON with `?format=json` or by the Accept header."""
    routes = Blueprint("console", __name__)

    @routes.before_request
    def admit_operators() -> Response | None:
        return door.refusal()

    @routes.get("/console")
    def show() -> Response:
        with visit(pool) as connection:
            overview = read_overview(connection)
        if _wants_json():
            return Response(to_json(overview), mimetype="application/json")
        return Response(render_template("console.html", overview=overview), mimetype="text/html")

    return routes


def _wants_json() -> bool:
    if chosen := request.args.get("format"):
        return chosen == "json"
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )
