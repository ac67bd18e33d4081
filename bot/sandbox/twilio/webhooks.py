"""Posts signed forms to the product's webhooks, as Twilio does."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

from twilio.request_validator import SIGNATURE_HEADER, RequestValidator
from urllib3 import PoolManager, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0

_CONNECTION_FAILED = (ConnectTimeoutError, NewConnectionError, ProtocolError, SSLError)


@dataclass(frozen=True, kw_only=True)
class WebhookAnswer:
    """What the webhook answered; `reason` is None when it took the form."""

    status: int | None
    reason: str | None


class Webhooks:
    """A sender of signed forms. Safe for threads."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._http = PoolManager(
            maxsize=64, timeout=Timeout(connect=CONNECT_SECONDS, total=ANSWER_SECONDS)
        )

    def close(self) -> None:
        self._http.clear()

    def post(self, url: str, form: Mapping[str, str]) -> WebhookAnswer:
        """Post a form; a failed connection is tried once more, nothing else is."""
        signature: str = self._validator.compute_signature(url, dict(form))
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": str(uuid4()),
            "User-Agent": "TwilioProxy/1.1",
            SIGNATURE_HEADER: signature,
        }
        try:
            try:
                return self._once(url, form, headers)
            except _CONNECTION_FAILED:
                return self._once(url, form, headers)
        except ReadTimeoutError:
            return WebhookAnswer(
                status=None, reason=f"No answer within {ANSWER_SECONDS:.0f} seconds."
            )
        except HTTPError as error:
            return WebhookAnswer(
                status=None, reason=f"The bot is not reachable ({type(error).__name__})."
            )

    def _once(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> WebhookAnswer:
        response = self._http.request(
            "POST", url, body=urlencode(form), headers=headers, retries=False, redirect=False
        )
        taken = 200 <= response.status < 300
        reason = None if taken else f"The bot refused it (HTTP {response.status})."
        return WebhookAnswer(status=response.status, reason=reason)
