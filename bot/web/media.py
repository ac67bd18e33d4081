"""`/media/<token>`: the pictures that Twilio fetches for users."""

from flask import Blueprint, Response, abort
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.delivery.media import find
from bot.settings.groups import IdentitySettings
from bot.web.database import visit
from telemetry.callers import note_known


def media(keys: IdentitySettings, pool: ConnectionPool[Connection]) -> Blueprint:
    """Make the route; whoever has a link may follow it until it expires."""
    routes = Blueprint("media", __name__)

    @routes.get("/media/<token>")
    def show(token: str) -> Response:
        with visit(pool) as connection:
            file = find(connection, keys, token)
        if file is None:
            abort(404, "There is no such file, or its link has expired.")
        note_known()
        response = Response(file.content, mimetype=file.content_type)
        response.headers.set("Content-Disposition", "inline", filename=file.file_name)
        return response

    return routes
