"""The product's own web application: webhooks, health and the console."""

import logging

from flask import Flask, Response, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot.errors import DatabaseUnavailable, RejectedWebhook
from bot.settings.groups import Settings
from bot.web.auth import OperatorsDoor
from bot.web.console import console
from bot.web.health import health
from bot.web.login_throttle import LoginThrottle
from bot.web.media import media
from bot.web.metrics import metrics
from bot.web.query import query_api
from bot.web.refusals import Refusals
from bot.web.webhooks import webhooks

log = logging.getLogger(__name__)

# Twilio's longest text, 1600 characters of four bytes each written as %XX, is 19 kB; the other
# fields need a few. A form of 64 KiB is not one of Twilio's, and it is not read any further.
MAX_BODY = 64 * 1024  # bytes

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_product(
    settings: Settings,
    database_url: str,
    pool: ConnectionPool[Connection],
    refusals: Refusals,
) -> Flask:
    """Put the application together."""
    app = Flask("bot.web")
    door = OperatorsDoor(settings.web, settings.operators, LoginThrottle())
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.register_blueprint(webhooks(settings, pool))
    app.register_blueprint(health(settings.telemetry.service_name, database_url, pool, door))
    app.register_blueprint(console(pool, door))
    app.register_blueprint(metrics(pool, door))
    app.register_blueprint(media(settings.identity, pool))
    app.register_blueprint(query_api(settings, database_url, door))
    app.register_error_handler(RejectedWebhook, _reject)
    app.register_error_handler(DatabaseUnavailable, _unavailable)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _plainly)
    app.register_error_handler(Exception, _broken)
    app.after_request(_secure)
    app.after_request(refusals.look_at)
    return app


def _reject(error: RejectedWebhook) -> Response:
    return _text(str(error), error.status)


def _unavailable(error: DatabaseUnavailable) -> Response:
    return _text(str(error), 503)


def _too_large(error: RequestEntityTooLarge) -> Response:
    return _text(f"The body is larger than {MAX_BODY} bytes.", 413)


def _plainly(error: HTTPException) -> Response:
    """Answer what Flask refuses in plain text, keeping headers such as Allow."""
    response = Response(f"{error.description}\n", error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _broken(error: Exception) -> Response:
    """Log what nobody expected, with where it happened; the caller learns nothing of it."""
    route = request.url_rule.rule if request.url_rule else "unmatched"
    log.error("%s %s failed with %s", request.method, route, type(error).__name__, exc_info=error)
    return _text("Something went wrong here; it has been noted.", 500)


def _text(sentence: str, status: int) -> Response:
    return Response(f"{sentence}\n", status, mimetype="text/plain")


def _secure(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
