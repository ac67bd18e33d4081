"""Lets operators in, and viewers where these may look, and nobody else.

The token is shown as a password of any user or as a bearer token, by scripts, or stands for a
session of the console (`bot.web.sessions`), in a browser.
"""

import hmac
import math
from dataclasses import dataclass

from flask import Response, request, url_for

from bot.settings.groups import OperatorSettings, WebSettings
from bot.web import sessions
from bot.web.client_address import address_of
from bot.web.login_throttle import LoginResult, LoginThrottle
from telemetry.callers import note_known


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a shown token gives access to.

    `may_act` is None where it is neither of the tokens; `retry_after` (whole seconds) where it was
    not looked at.
    """

    may_act: bool | None
    retry_after: int | None = None


class Authenticator:
    """Whom every route asks that is not for everybody; one for each process."""

    def __init__(
        self, web: WebSettings, operators: OperatorSettings, throttle: LoginThrottle
    ) -> None:
        self._proxies = web.trusted_proxies or ()
        self._token = operators.operator_token.get_secret_value()
        self._viewer_token = sessions.viewer_token(operators)
        self._throttle = throttle

    def require_operator(self) -> Response | None:
        """The answer for whoever does not show OPERATOR_TOKEN; None for who does."""
        access = self.access_by(_shown_token())
        return None if access.may_act else _refused(access)

    def require_viewer(self) -> Response | None:
        """The answer for whoever may not look at the console; None for who may.

        That is who is logged in, or shows one of the tokens. A browser is led to the log-in.
        """
        if "Authorization" in request.headers:
            access = self.access_by(_shown_token())
            return None if access.may_act is not None else _refused(access)
        if sessions.current() is not None:
            note_known()
            return None
        if "text/html" in request.headers.get("Accept", ""):
            return _to_login()
        return _refused(Access(may_act=None))

    def access_by(self, token: str) -> Access:
        """What a token gives access to, if the throttle lets it be looked at."""
        is_viewers = bool(self._viewer_token) and hmac.compare_digest(
            token.encode(), self._viewer_token.encode()
        )
        result = self.check_password(token, self._viewer_token if is_viewers else self._token)
        if result.is_right:
            return Access(may_act=not is_viewers)
        wait = result.retry_after
        return Access(may_act=None, retry_after=None if wait is None else math.ceil(wait))

    def check_password(self, shown: str, expected: str) -> LoginResult:
        """Compare what this request shows with what is expected of it."""
        return self._throttle.check_password(
            shown,
            expected,
            address=address_of(request, self._proxies),
            route=request.url_rule.rule if request.url_rule else "unmatched",
        )


def _refused(access: Access) -> Response:
    if access.retry_after is not None:
        return Response(
            "Too many wrong passwords came from this address; wait a moment.\n",
            status=429,
            mimetype="text/plain",
            headers={"Retry-After": str(access.retry_after)},
        )
    return Response(
        "This page needs the operator token, as the password of any user or as a bearer token.\n",
        status=401,
        mimetype="text/plain",
        headers={"WWW-Authenticate": 'Basic realm="textcrew", charset="UTF-8"'},
    )


def _to_login() -> Response:
    """Lead there and back, of a form to the page that it is on."""
    place = url_for("login.ask", next=request.full_path.rstrip("?"))
    return Response(status=303, headers={"Location": place})


def _shown_token() -> str:
    shown = request.authorization
    if shown is None:
        return ""
    return str((shown.password if shown.type == "basic" else shown.token) or "")
