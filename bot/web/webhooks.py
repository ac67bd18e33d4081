"""What Twilio calls: incoming messages, and news of the messages that we sent.

Size and type are looked at first, since a signature can only be computed over a form that was
read; then the signature; only then what the form says. Nothing is stored before all of it holds.

These are the requests of which there are most, so they are answered here without Flask.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from psycopg import Connection
from psycopg_pool import ConnectionPool
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_content_length

from bot.delivery import status
from bot.errors import DatabaseUnavailable, RejectedWebhook
from bot.intake.accept import accept
from bot.intake.form import check_account, check_message_sid, check_sender
from bot.settings.groups import Settings, TwilioSettings, WebSettings
from bot.twilio import signature
from bot.web import answers
from bot.web.answers import MAX_BODY, SECURITY_HEADERS
from bot.web.database import visit
from bot.web.refusals import Refusals
from telemetry.callers import is_unknown, note_known
from telemetry.requests_served import note_status, request_span

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Form = MultiDict[str, str]

log = logging.getLogger(__name__)

FORM_TYPE = "application/x-www-form-urlencoded"

_HEADERS = list(SECURITY_HEADERS.items())


class Webhooks:
    """The WSGI application of what is below `/webhooks`."""

    def __init__(
        self, settings: Settings, pool: ConnectionPool[Connection], refusals: Refusals
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._refusals = refusals
        self._receivers: dict[str, Callable[[Form], None]] = {
            "/webhooks/whatsapp": self._receive_message,
            "/webhooks/status": self._receive_status,
        }

    def serves(self, path: str) -> bool:
        """Tell whether a path is one of ours."""
        return path in self._receivers

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        route = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "POST":
            self._refusals.note("unmatched", 405)
            response = answers.plainly("Only POST is answered here.", 405)
            response.headers["Allow"] = "POST"
            return _send(response, environ, start_response)
        with request_span("POST", route) as span:
            refusal = self._receive(environ, route)
            note_status(span, refusal.status_code if refusal else 204)
        if refusal is None:
            start_response("204 No Content", _HEADERS)
            return ()
        if 400 <= refusal.status_code < 500 and is_unknown():
            self._refusals.note(route, refusal.status_code)
        return _send(refusal, environ, start_response)

    def _receive(self, environ: "WSGIEnvironment", route: str) -> Response | None:
        """Take in what a request brings; what is answered if that cannot be done."""
        try:
            form = signed_form(self._settings.web, self._settings.twilio, environ)
            self._receivers[route](form)
        except RejectedWebhook as error:
            return answers.plainly(str(error), error.status)
        except RequestEntityTooLarge:
            return answers.too_large()
        except DatabaseUnavailable as error:
            return answers.unavailable(error)
        except Exception as error:
            log.error("POST %s failed with %s", route, type(error).__name__, exc_info=True)
            return answers.broken()
        return None

    def _receive_message(self, form: Form) -> None:
        check_sender(form)
        with visit(self._pool) as connection:
            accept(connection, self._settings.identity, form)

    def _receive_status(self, form: Form) -> None:
        with visit(self._pool) as connection:
            status.apply(connection, form)


def signed_form(web: WebSettings, account: TwilioSettings, environ: "WSGIEnvironment") -> Form:
    """Return the form that Twilio posted.

    Raises `RejectedWebhook` or, without reading it all, `RequestEntityTooLarge` for anything else.
    """
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise RejectedWebhook(f"The content type must be {FORM_TYPE}.", 415)
    form = _form(environ)
    signature.check(
        account,
        url=called_url(web.public_base_url, environ),
        form=form,
        signature=environ.get("HTTP_X_TWILIO_SIGNATURE", ""),
        signature_settings=environ.get("HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS", ""),
    )
    note_known()
    check_account(account, form)
    check_message_sid(form)
    return form


def _form(environ: "WSGIEnvironment") -> Form:
    if (get_content_length(environ) or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    body = environ["wsgi.input"].read(MAX_BODY + 1)
    if len(body) > MAX_BODY:  # one without a length
        raise RequestEntityTooLarge
    # What is no text has no signature of Twilio's either.
    return MultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def called_url(public_base_url: str, environ: "WSGIEnvironment") -> str:
    """Return the URL that Twilio called and signed, behind whatever proxy.

    Scheme and host are the configured ones; path and query are taken as they came, since decoding
    `%2C` or `%C3%A9` and encoding it again gives other bytes.
    """
    return public_base_url + str(environ["RAW_URI"])


def _send(
    response: Response, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    answers.secure(response)
    return response(environ, start_response)
