"""The product's own pages and APIs: health, the console, media, short links and queries."""

import logging

from flask import Flask, Response, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as PlainResponse

from bot.errors import DatabaseUnavailable
from bot.settings.groups import Settings
from bot.sites.links import SiteLinks
from bot.web import answers
from bot.web.auth import Authenticator
from bot.web.component_health import Components
from bot.web.console.blueprint import console
from bot.web.health import health
from bot.web.login import login
from bot.web.login_throttle import LoginThrottle
from bot.web.media import media
from bot.web.metrics import metrics
from bot.web.query import query_api
from bot.web.query_reader import QueryReader
from bot.web.refusals import Refusals
from bot.web.sessions import allow_sessions
from bot.web.short_links import short_links

log = logging.getLogger(__name__)


def make_product(
    settings: Settings,
    database_url: str,
    pool: ConnectionPool[Connection],
    refusals: Refusals,
) -> Flask:
    """Put the application together."""
    app = Flask("bot.web")
    authenticator = Authenticator(settings.web, settings.operators, LoginThrottle())
    reader = QueryReader(settings, database_url)
    parts = Components(database_url, pool)
    app.config["MAX_CONTENT_LENGTH"] = answers.MAX_BODY
    allow_sessions(app, settings.web, settings.operators, pool)
    app.register_blueprint(
        health(settings.telemetry.service_name, database_url, pool, authenticator, parts)
    )
    app.register_blueprint(login(authenticator))
    app.register_blueprint(console(settings, database_url, pool, reader, authenticator, parts))
    app.register_blueprint(metrics(pool, authenticator))
    app.register_blueprint(media(settings.identity, pool))
    app.register_blueprint(short_links(SiteLinks(settings.web.sites_base_url), pool))
    app.register_blueprint(query_api(settings, reader, authenticator))
    app.register_error_handler(DatabaseUnavailable, answers.unavailable)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _plainly)
    app.register_error_handler(Exception, _broken)
    app.after_request(_secure)
    app.after_request(refusals.look_at)
    return app


def _too_large(_: RequestEntityTooLarge) -> PlainResponse:
    return answers.too_large()


def _plainly(error: HTTPException) -> Response:
    """Answer what Flask refuses in plain text, keeping headers such as Allow."""
    response = Response(f"{error.description}\n", error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _broken(error: Exception) -> PlainResponse:
    """Log what nobody expected, with where it happened; the caller learns nothing of it."""
    route = request.url_rule.rule if request.url_rule else "unmatched"
    log.error("%s %s failed with %s", request.method, route, type(error).__name__, exc_info=error)
    return answers.broken()


def _secure(response: Response) -> Response:
    answers.secure(response)
    return response
