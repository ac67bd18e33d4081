"""`/a/…` and `/e/…`: the short addresses of apps and exports, as they stand in messages."""

from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.delivery.exports import find_export
from bot.sites.links import SiteLinks
from bot.sites.short_links import APPS, EXPORTS, may_name_export, named_app
from bot.web.database import visit
from bot.web.sites import ISOLATION_END
from telemetry.callers import note_known


def short_links(links: SiteLinks, pool: ConnectionPool[Connection]) -> Blueprint:
    """Make the routes; whoever has a link may follow it."""
    routes = Blueprint("short_links", __name__)

    @routes.get(f"{APPS}<name>/", defaults={"below": ""})
    @routes.get(f"{APPS}<name>/<path:below>")
    def app(name: str, below: str) -> Response:
        """Lead to the app's own address; whether there is one is said there."""
        token = named_app(name)
        if token is None:
            abort(404, "This link does not lead to an app.")
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return Response(
            status=302, headers={"Location": f"{links.url(token)}{quote(below)}{query}"}
        )

    @routes.get(f"{EXPORTS}<name>")
    def export(name: str) -> Response:
        name = name.removesuffix(ISOLATION_END)
        file = None
        if may_name_export(name):  # what was made up costs no connection
            with visit(pool) as connection:
                file = find_export(connection, name)
        if file is None:
            abort(404, "There is no such file, or its link has expired; write export once more.")
        note_known()
        response = Response(file.content, mimetype=file.content_type)
        response.headers.set("Content-Disposition", "attachment", filename=file.file_name)
        return response

    return routes
