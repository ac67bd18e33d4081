"""Who is logged in at the console: a signed cookie that ends by itself, and with the tokens.

The key that signs it is made of OPERATOR_TOKEN and VIEWER_TOKEN, so a change of either ends every
session. No script can read the cookie, and no other site's page can have it sent; what acts asks
for the session's own token in the form as well.
"""

import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, request, session

from bot.settings.groups import OperatorSettings, WebSettings

LASTS = timedelta(hours=12)

_NAME, _MAY_ACT, _FORM_TOKEN, _UNTIL = "name", "may_act", "form_token", "until"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Whoever is logged in, by the name that they gave, and whether they may do more than look."""

    name: str
    may_act: bool


def allow_sessions(app: Flask, web: WebSettings, operators: OperatorSettings) -> None:
    """Let an application keep sessions: over HTTPS alone where the product is reached over it."""
    is_secure = web.public_base_url.startswith("https:")
    app.secret_key = hmac.digest(
        operators.operator_token.get_secret_value().encode(),
        f"console sessions:{viewer_token(operators)}".encode(),
        "sha256",
    )
    app.permanent_session_lifetime = LASTS
    app.config.update(
        SESSION_COOKIE_NAME="__Host-console" if is_secure else "console",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_REFRESH_EACH_REQUEST=False,
    )


def viewer_token(operators: OperatorSettings) -> str:
    """The token that lets viewers in; empty where there is none."""
    token = operators.viewer_token
    return token.get_secret_value() if token else ""


def begin(name: str, *, may_act: bool) -> None:
    """Log in whoever made this request."""
    session.clear()
    session.permanent = True
    session.update(
        {
            _NAME: name,
            _MAY_ACT: may_act,
            _FORM_TOKEN: secrets.token_urlsafe(32),
            # Flask signs anew, for as long again, whatever changes; this stays from the log-in on.
            _UNTIL: time.time() + LASTS.total_seconds(),
        }
    )


def current() -> Session | None:
    """Whose request this is, by its cookie; None for nobody's."""
    if session.get(_UNTIL, 0.0) < time.time():
        return None
    return Session(name=session[_NAME], may_act=session[_MAY_ACT])


def end() -> None:
    """Log them out."""
    session.clear()


def form_token() -> str:
    """What a form of this session's has to bring along; empty without a session."""
    return str(session.get(_FORM_TOKEN, ""))


def is_own_form() -> bool:
    """Whether this request is a form that this session was given."""
    known = form_token()
    return bool(known) and hmac.compare_digest(
        known.encode(), request.form.get(_FORM_TOKEN, "").encode()
    )
