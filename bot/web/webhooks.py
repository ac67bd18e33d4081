"""What Twilio calls: incoming messages, and news of the messages that we sent.

Size and type are looked at first, since a signature can only be computed over a form that was
read; then the signature; only then what the form says. Nothing is stored before all of it holds.
"""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from bot.delivery import status
from bot.errors import RejectedWebhook
from bot.intake.accept import accept
from bot.intake.form import check_account, check_message_sid, check_sender
from bot.settings.groups import Settings, TwilioSettings, WebSettings
from bot.twilio import signature
from bot.web.database import visit
from telemetry.callers import note_known

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM_TYPE = "application/x-www-form-urlencoded"


def webhooks(settings: Settings, pool: ConnectionPool[Connection]) -> Blueprint:
    """Make the routes under `/webhooks`."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")

    @routes.post("/whatsapp")
    def receive_message() -> Response:
        form = signed_form(settings.web, settings.twilio)
        check_sender(form)
        with visit(pool) as connection:
            accept(connection, settings.identity, form)
        return Response(status=204)

    @routes.post("/status")
    def receive_status() -> Response:
        form = signed_form(settings.web, settings.twilio)
        with visit(pool) as connection:
            status.apply(connection, form)
        return Response(status=204)

    return routes


def signed_form(web: WebSettings, account: TwilioSettings) -> MultiDict[str, str]:
    """Return the form that Twilio posted.

    Raises `RejectedWebhook` or, without reading it all, `RequestEntityTooLarge` for anything else.
    """
    if request.mimetype != FORM_TYPE:
        raise RejectedWebhook(f"The content type must be {FORM_TYPE}.", 415)
    form = request.form
    if request.environ["wsgi.input"].read(1):  # a body without a length is cut at the limit
        raise RequestEntityTooLarge
    signature.check(
        account,
        url=called_url(web.public_base_url, request.environ),
        form=form,
        signature=request.headers.get("X-Twilio-Signature", ""),
        signature_settings=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
    )
    note_known()
    check_account(account, form)
    check_message_sid(form)
    return form


def called_url(public_base_url: str, environ: "WSGIEnvironment") -> str:
    """Return the URL that Twilio called and signed, behind whatever proxy.

    Scheme and host are the configured ones; path and query are taken as they came, since decoding
    `%2C` or `%C3%A9` and encoding it again gives other bytes.
    """
    return public_base_url + str(environ["RAW_URI"])
