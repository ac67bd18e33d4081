"""Puts the pages of `/console` together, behind OPERATOR_TOKEN and under a policy of their own."""

from flask import Blueprint, Response, request
from flask.sansio.blueprints import BlueprintSetupState
from psycopg import Connection
from psycopg_pool import ConnectionPool

from bot.settings.groups import Settings
from bot.web.auth import OperatorsDoor
from bot.web.console.alert_watch import AlertWatch
from bot.web.console.costs import add_costs
from bot.web.console.desk import Desk
from bot.web.console.formats import FILTERS
from bot.web.console.overview import add_overview
from bot.web.console.queries import add_queries, spans_like
from bot.web.console.request import add_request
from bot.web.console.requests import add_requests
from bot.web.console.result_cells import cell
from bot.web.console.result_chart import is_number
from bot.web.console.search import add_search
from bot.web.console.user import add_user
from bot.web.query_reader import QueryReader
from telemetry.callers import note_asks_again

FOLLOWING = "X-Follows"  # the header of a page that asks for itself again, to show what is new

# What the pages need beyond what `bot.web.answers` allows: our scripts, forms and pictures.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

PAGES = (
    add_overview,
    add_requests,
    add_request,
    add_user,
    add_search,
    add_costs,
    add_queries,
)


def console(
    settings: Settings,
    pool: ConnectionPool[Connection],
    reader: QueryReader,
    door: OperatorsDoor,
) -> Blueprint:
    """Make all pages."""
    routes = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    desk = Desk(settings=settings, pool=pool, alerts=AlertWatch(settings), reader=reader)

    @routes.before_request
    def admit_operators() -> Response | None:
        if FOLLOWING in request.headers:
            note_asks_again()
        return door.refusal()

    @routes.after_request
    def allow_own_scripts(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @routes.record_once
    def add_filters(state: BlueprintSetupState) -> None:
        state.app.jinja_env.filters.update(FILTERS, cell=cell, is_number=is_number)
        state.app.jinja_env.globals.update(spans_like=spans_like)

    for add in PAGES:
        add(routes, desk)
    return routes
