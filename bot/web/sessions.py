"""Who is logged in at the console: a signed cookie, and a row that ends with the log-out.

The key that signs the cookie is made of OPERATOR_TOKEN and VIEWER_TOKEN, so a change of either ends
every session; the row is looked for at each request, so a copy of a cookie is worth nothing after
the log-out. No script can read the cookie, and no other site's page can have it sent; what acts
asks for the session's own token in the form as well.
"""

import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Flask, current_app, g, request, session

from bot.settings.groups import OperatorSettings, WebSettings
from bot.web.database import visit
from telemetry.named_sql import statements

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

SQL = statements("bot.web", "sessions.sql")

LASTS = timedelta(hours=12)

_POOL = "console_sessions"  # what an application has at hand under this name
_ID, _NAME, _MAY_ACT, _FORM_TOKEN, _UNTIL = "session_id", "name", "may_act", "form_token", "until"


@dataclass(frozen=True, kw_only=True)
class Session:
    """Whoever is logged in, by the name that they gave, and whether they may do more than look."""

    name: str
    may_act: bool


def allow_sessions(
    app: Flask,
    web: WebSettings,
    operators: OperatorSettings,
    pool: "ConnectionPool[Connection]",
) -> None:
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
    app.extensions[_POOL] = pool


def viewer_token(operators: OperatorSettings) -> str:
    """The token that lets viewers in; empty where there is none."""
    token = operators.viewer_token
    return token.get_secret_value() if token else ""


def begin(name: str, *, may_act: bool) -> None:
    """Log in whoever made this request. Raises `DatabaseUnavailable`."""
    end()
    session_id = uuid4()
    with visit(current_app.extensions[_POOL]) as connection:
        connection.execute(SQL["begin_session"], {"session_id": session_id, "lasts": LASTS})
    session.permanent = True
    session.update(
        {
            _ID: session_id,
            _NAME: name,
            _MAY_ACT: may_act,
            _FORM_TOKEN: secrets.token_urlsafe(32),
            # Flask signs anew, for as long again, whatever changes; this stays from the log-in on.
            _UNTIL: time.time() + LASTS.total_seconds(),
        }
    )


def current() -> Session | None:
    """Whose request this is, by its cookie; None for nobody's. Raises `DatabaseUnavailable`."""
    if "console_session" not in g:
        g.console_session = _known()
    known: Session | None = g.console_session
    return known


def end() -> None:
    """Log them out, whoever else has their cookie as well. Raises `DatabaseUnavailable`."""
    if _ID in session:
        with visit(current_app.extensions[_POOL]) as connection:
            connection.execute(SQL["end_session"], {"session_id": session[_ID]})
    session.clear()
    g.pop("console_session", None)


def end_all(connection: "Connection") -> None:
    """Log everybody out."""
    connection.execute(SQL["end_all_sessions"])


def form_token() -> str:
    """What a form of this session's has to bring along; empty without a session."""
    return "" if current() is None else str(session[_FORM_TOKEN])


def is_own_form() -> bool:
    """Whether this request is a form that this session was given."""
    known = form_token()
    return bool(known) and hmac.compare_digest(
        known.encode(), request.form.get(_FORM_TOKEN, "").encode()
    )


def _known() -> Session | None:
    if _ID not in session or session[_UNTIL] < time.time():
        return None
    with visit(current_app.extensions[_POOL]) as connection:
        found = connection.execute(SQL["is_session"], {"session_id": session[_ID]}).fetchone()
    if found != (True,):
        return None
    return Session(name=session[_NAME], may_act=session[_MAY_ACT])
