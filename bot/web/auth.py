"""Lets operators in, and nobody else: the token as a password of any user, or as a bearer token."""

import math

from flask import Response, request

from bot.settings.groups import OperatorSettings, WebSettings
from bot.web.client_address import address_of
from bot.web.login_throttle import LoginResult, LoginThrottle


class OperatorsDoor:
    """Where every route that is for operators only asks; one for each process."""

    def __init__(
        self, web: WebSettings, operators: OperatorSettings, throttle: LoginThrottle
    ) -> None:
        self._proxies = web.trusted_proxies or ()
        self._token = operators.operator_token.get_secret_value()
        self._throttle = throttle

    def refusal(self) -> Response | None:
        """Return the answer for whoever does not show OPERATOR_TOKEN, or None for who does."""
        verdict = self.look_at(_shown_token(), self._token)
        if verdict.is_right:
            return None
        if verdict.retry_after is not None:
            return Response(
                "Too many wrong passwords came from this address; wait a moment.\n",
                status=429,
                mimetype="text/plain",
                headers={"Retry-After": str(math.ceil(verdict.retry_after))},
            )
        return Response(
            "This page needs the operator token, as the password of any user or as a bearer "
            "token.\n",
            status=401,
            mimetype="text/plain",
            headers={"WWW-Authenticate": 'Basic realm="textcrew", charset="UTF-8"'},
        )

    def look_at(self, shown: str, expected: str) -> LoginResult:
        """Compare what this request shows with what is expected of it."""
        return self._throttle.look_at(
            shown,
            expected,
            address=address_of(request, self._proxies),
            route=request.url_rule.rule if request.url_rule else "unmatched",
        )


def _shown_token() -> str:
    shown = request.authorization
    if shown is None:
        return ""
    return str((shown.password if shown.type == "basic" else shown.token) or "")
