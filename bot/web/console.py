"""The operators' page: what is going on, what was given up. Read-only, behind OPERATOR_TOKEN."""

import hmac

from flask import Blueprint, Response, render_template, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from pydantic_core import to_json

from bot.settings import Settings
from bot.web.database import visit
from bot.web.overview import read_overview


def console(settings: Settings, pool: ConnectionPool[Connection]) -> Blueprint:
    """Make `/console`, as a page, or as JSON with `?format=json` or by the Accept header."""
    routes = Blueprint("console", __name__)

    @routes.before_request
    def admit_operators() -> Response | None:
        if _shown_token() and hmac.compare_digest(
            _shown_token().encode(), settings.operator_token.get_secret_value().encode()
        ):
            return None
        return Response(
            "The console needs the operator token, as the password of any user or as a bearer "
            "token.\n",
            status=401,
            mimetype="text/plain",
            headers={"WWW-Authenticate": 'Basic realm="textcrew", charset="UTF-8"'},
        )

    @routes.get("/console")
    def show() -> Response:
        with visit(pool) as connection:
            overview = read_overview(connection)
        if _wants_json():
            return Response(to_json(overview), mimetype="application/json")
        return Response(render_template("console.html", overview=overview), mimetype="text/html")

    return routes


def _shown_token() -> str:
    shown = request.authorization
    if shown is None:
        return ""
    return str((shown.password if shown.type == "basic" else shown.token) or "")


def _wants_json() -> bool:
    if chosen := request.args.get("format"):
        return chosen == "json"
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )
