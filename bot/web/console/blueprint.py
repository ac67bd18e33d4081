"""Puts the pages of `/console` together, for whoever is logged in or shows a token."""

from flask import Blueprint, Response, request
from flask.sansio.blueprints import BlueprintSetupState
from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as PlainResponse

from bot.settings.groups import Settings
from bot.web import sessions
from bot.web.answers import plainly
from bot.web.auth import Authenticator
from bot.web.component_health import Components
from bot.web.console.acts import add_acts
from bot.web.console.alert_watch import AlertWatch
from bot.web.console.costs import add_costs
from bot.web.console.desk import Desk
from bot.web.console.formats import FILTERS
from bot.web.console.health_watch import HealthWatch
from bot.web.console.overview import add_overview
from bot.web.console.queries import add_queries, spans_like
from bot.web.console.request import add_request
from bot.web.console.requests import add_requests
from bot.web.console.result_cells import cell
from bot.web.console.result_chart import is_number
from bot.web.console.search import add_search
from bot.web.console.user import add_user
from bot.web.console.words import add_words
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
    add_acts,
    add_words,
)


def console(
    settings: Settings,
    database_url: str,
    pool: ConnectionPool[Connection],
    reader: QueryReader,
    authenticator: Authenticator,
    parts: Components,
) -> Blueprint:
    """Make all pages."""
    routes = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
    desk = Desk(
        settings=settings,
        database_url=database_url,
        pool=pool,
        alerts=AlertWatch(settings),
        health=HealthWatch(settings, parts),
        reader=reader,
    )

    @routes.before_request
    def admit_viewers() -> Response | None:
        if FOLLOWING in request.headers:
            note_asks_again()
        return authenticator.require_viewer()

    @routes.after_request
    def allow_own_scripts(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @routes.errorhandler(400)
    @routes.errorhandler(404)
    def tell_fault(error: HTTPException) -> PlainResponse:
        status, sentence = error.code or 404, error.description or ""
        if "text/html" not in request.headers.get("Accept", ""):
            return plainly(sentence, status)
        page = desk.page("fault.html", title=error.name, sentence=sentence)
        page.status_code = status
        return page

    @routes.record_once
    def add_filters(state: BlueprintSetupState) -> None:
        state.app.jinja_env.filters.update(FILTERS, cell=cell, is_number=is_number)
        state.app.jinja_env.globals.update(
            spans_like=spans_like, logged_in=sessions.current, form_token=sessions.form_token
        )

    for add in PAGES:
        add(routes, desk)
    return routes
