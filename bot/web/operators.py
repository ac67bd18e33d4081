"""Lets operators in, and nobody else: the token as a password of any user, or as a bearer token."""

import hmac

from flask import Response, request

from bot.settings import Settings
from telemetry.callers import note_known


def refusal(settings: Settings) -> Response | None:
    """Return the answer for whoever does not show OPERATOR_TOKEN, or None for who does."""
    expected = settings.operator_token.get_secret_value()
    shown = _shown_token()
    if shown and hmac.compare_digest(shown.encode(), expected.encode()):
        note_known()
        return None
    return Response(
        "This page needs the operator token, as the password of any user or as a bearer token.\n",
        status=401,
        mimetype="text/plain",
        headers={"WWW-Authenticate": 'Basic realm="textcrew", charset="UTF-8"'},
    )


def _shown_token() -> str:
    shown = request.authorization
    if shown is None:
        return ""
    return str((shown.password if shown.type == "basic" else shown.token) or "")
