"""Twilio, as the sender sees it: send, look up what was sent, show that we are typing.

The SDK's synchronous client runs in threads: its asynchronous one repeats a POST after a 503 and
ignores the timeout. One client serves the whole process.

The threads are its own. `asyncio.to_thread` has few and shares them with everybody, and a call
whose caller was cancelled keeps its thread until Twilio answers: calls that hang would keep others
waiting beyond the time in which they may be made.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

import logfire
from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.content.v1.content import ContentList
from urllib3.exceptions import MaxRetryError, NewConnectionError

from bot.errors import AttachmentDelayed, TwilioUnavailable
from bot.settings.groups import TwilioSettings, WebSettings
from bot.twilio.error_codes import ErrorClass, explain, verdict
from bot.twilio.media_fields import MOST, InboundFile

TIMEOUT = 10.0  # seconds, for connecting and again for each wait on the answer
LOOK_BACK = 50  # messages to one user; nothing follows an unsettled one, so it is among the last

# As many as a worker has jobs at once in the lane that calls Twilio: none waits for a thread.
CALLS_AT_ONCE = 100
TYPING_AT_ONCE = 4  # an ornament, which waits for its turn

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What is to be sent: a text, or a Content of Twilio's with its variables.

    `texts` are the bodies under which Twilio may list it; with `is_template` one contains them.
    """

    texts: tuple[str, ...]
    content_sid: str | None = None
    variables: Mapping[str, str] | None = None
    media_url: str | None = None
    is_template: bool = False

    def is_body_of(self, body: str) -> bool:
        """Tell whether Twilio's message with this body can be this one."""
        body = body.strip()
        if self.is_template:
            return any(text.strip() in body for text in self.texts)
        return body in {text.strip() for text in self.texts}


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """A message that Twilio has, with its id and the status that Twilio gives it."""

    sid: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ListedMessage:
    """An incoming message in Twilio's list."""

    sid: str
    sender: str
    body: str
    media_count: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class KnownStatus:
    """Twilio's word on a message, with the error code if it failed."""

    status: str
    error_code: int | None


@dataclass(frozen=True, kw_only=True)
class SendFailure:
    """Why there is no such message, or perhaps none; `message` names no address.

    One that `may_be_under_way` was handed over and not answered in time: Twilio may still take it
    in, and list it only then.
    """

    verdict: ErrorClass
    code: int | None
    message: str
    may_be_under_way: bool = False


def connect(account: TwilioSettings, http: TwilioHttpClient) -> Client:
    """The SDK's client for the configured account, at `TWILIO_BASE_URL` if that is set."""
    client = Client(
        account.account_sid,
        account.auth_tokens[0].get_secret_value(),
        http_client=http,
    )
    if account.base_url:
        for domain in (client.api, client.messaging, client.content):
            domain.base_url = account.base_url
    return client


class TwilioGateway:
    """Sends from our WhatsApp number with the first of the configured auth tokens."""

    def __init__(self, account: TwilioSettings, web: WebSettings) -> None:
        self._from = account.whatsapp_from
        self._status_callback = f"{web.public_base_url}/webhooks/status"
        self._session = Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=CALLS_AT_ONCE + TYPING_AT_ONCE))
        http = TwilioHttpClient(pool_connections=False, timeout=TIMEOUT)
        http.session = self._session
        self._client = connect(account, http)
        self._calls = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="twilio")
        self._typing = ThreadPoolExecutor(TYPING_AT_ONCE, thread_name_prefix="typing")

    def close(self) -> None:
        """Begin nothing more, and close the connections that are kept alive."""
        for threads in (self._calls, self._typing):
            threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    async def send(
        self, to: str, what: Outgoing | str, *, before: float | None = None
    ) -> SentMessage | SendFailure:
        """Send a message once. Nothing is sent when `time.monotonic()` has passed `before`."""
        form = Outgoing(texts=(what,)) if isinstance(what, str) else what
        return await _in_thread(self._calls, self._send, to, form, before)

    async def find_sent(self, to: str, since: datetime, what: Outgoing) -> list[SentMessage]:
        """Return what Twilio got from us for this user since then that can be it, oldest first.

        Raises `TwilioUnavailable` if Twilio does not answer the question.
        """
        return await _in_thread(self._calls, self._find_sent, to, since, what)

    async def fetch_status(self, sid: str) -> KnownStatus | None:
        """Return what became of a message; None if Twilio does not tell."""
        return await _in_thread(self._calls, self._fetch_status, sid)

    def list_inbound(self, since: datetime, *, sender: str | None = None) -> list[ListedMessage]:
        """Return what users, or one, wrote to us since then, oldest first; call it from a thread.

        Raises `TwilioUnavailable` if Twilio does not answer.
        """
        try:
            with logfire.suppress_instrumentation():  # answers hold addresses
                messages = self._client.messages.list(
                    to=self._from, from_=sender or values.unset, date_sent_after=since
                )
        except (TwilioException, RequestException, ValueError) as error:
            raise TwilioUnavailable(_judge(error).message) from None
        return [
            ListedMessage(
                sid=message.sid,
                sender=message.from_,
                body=message.body or "",
                media_count=int(message.num_media or 0),
                created_at=message.date_created,
            )
            for message in reversed(messages)  # the newest comes first, times are whole seconds
            if str(message.direction) == "inbound"
            and message.sid
            and message.from_
            and message.date_created
            and message.date_created >= since
        ]

    async def list_media(self, message_sid: str) -> list[InboundFile]:
        """Return the files of an incoming message. Raises `AttachmentDelayed`."""
        return await _in_thread(self._calls, self._list_media, message_sid)

    async def is_authorized(self) -> bool:
        """Tell whether Twilio accepts our credentials; not answering is no."""
        return await _in_thread(self._calls, self._is_authorized)

    async def create_content(self, name: str, types: Mapping[str, object]) -> str | SendFailure:
        """Make a Content of one variable and return its SID."""
        return await _in_thread(self._calls, self._create_content, name, types)

    async def show_typing(self, message_sid: str) -> None:
        """Mark an inbound message as read and show that we are typing; a failure only logs."""
        await _in_thread(self._typing, self._show_typing, message_sid)

    def _send(self, to: str, what: Outgoing, before: float | None) -> SentMessage | SendFailure:
        if before is not None and time.monotonic() > before:
            return SendFailure(verdict=ErrorClass.REFUSED, code=None, message="not sent in time")
        try:
            if what.content_sid is not None:
                message = self._client.messages.create(
                    to=to,
                    from_=self._from,
                    content_sid=what.content_sid,
                    content_variables=json.dumps(what.variables or {}),
                    status_callback=self._status_callback,
                )
            elif what.media_url is not None:
                message = self._client.messages.create(
                    to=to,
                    from_=self._from,
                    body=what.texts[0],
                    media_url=[what.media_url],
                    status_callback=self._status_callback,
                )
            else:
                message = self._client.messages.create(
                    to=to,
                    from_=self._from,
                    body=what.texts[0],
                    status_callback=self._status_callback,
                )
        except (TwilioException, RequestException, ValueError) as error:
            return _judge(error)
        if not message.sid:
            return SendFailure(
                verdict=ErrorClass.AMBIGUOUS, code=None, message="Twilio's answer has no id"
            )
        return SentMessage(sid=message.sid, status=str(message.status or "accepted"))

    def _find_sent(self, to: str, since: datetime, what: Outgoing) -> list[SentMessage]:
        # Not filtered by DateSent: it is empty as long as a message is queued.
        try:
            with logfire.suppress_instrumentation():  # the URL's query holds the address
                messages = self._client.messages.list(to=to, from_=self._from, limit=LOOK_BACK)
        except (TwilioException, RequestException, ValueError) as error:
            raise TwilioUnavailable(_judge(error).message) from None
        matching = [
            (message.date_created, SentMessage(sid=message.sid, status=str(message.status)))
            for message in messages
            if message.sid
            and message.date_created
            and message.date_created >= since
            and what.is_body_of(message.body or "")
        ]
        return [sent for _, sent in sorted(matching, key=lambda pair: pair[0])]

    def _fetch_status(self, sid: str) -> KnownStatus | None:
        try:
            message = self._client.messages(sid).fetch()
        except (TwilioException, RequestException, ValueError) as error:
            log.info("nothing is known of a message: %s", _judge(error).message)
            return None
        return KnownStatus(status=str(message.status), error_code=message.error_code)

    def _list_media(self, message_sid: str) -> list[InboundFile]:
        try:
            files = self._client.messages(message_sid).media.list(limit=MOST)
        except (TwilioException, RequestException, ValueError) as error:
            raise AttachmentDelayed(_judge(error).message) from None
        base = self._client.api.base_url
        return [
            InboundFile(
                number=number,
                url=f"{base}{str(file.uri).removesuffix('.json')}",
                content_type=str(file.content_type),
            )
            for number, file in enumerate(files)
        ]

    def _is_authorized(self) -> bool:
        try:
            self._client.messages.list(limit=1, page_size=1)
        except (TwilioException, RequestException, ValueError):
            return False
        return True

    def _create_content(self, name: str, types: Mapping[str, object]) -> str | SendFailure:
        # Keys such as `twilio_quick_reply` are accepted by the SDK and sent as nothing at all.
        wanted = {"friendly_name": name, "language": "en", "variables": {"1": "Text"}}
        contents = self._client.content.v1.contents
        try:
            content = contents.create(
                ContentList.ContentCreateRequest(
                    {**wanted, "types": ContentList.Types(dict(types))}
                )
            )
        except (TwilioException, RequestException, ValueError) as error:
            return _judge(error)
        return str(content.sid)

    def _show_typing(self, message_sid: str) -> None:
        try:
            self._client.messaging.v2.typing_indicator.create(
                channel="whatsapp", message_id=message_sid
            )
        except (TwilioException, RequestException, ValueError) as error:
            log.info("no typing indicator: %s", _judge(error).message)


async def _in_thread(
    threads: ThreadPoolExecutor, call: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> T:
    """Wait for a blocking call, made in one of these threads and in the caller's trace."""
    in_context = partial(copy_context().run, call, *arguments, **named)
    return await asyncio.get_running_loop().run_in_executor(threads, in_context)


def _judge(error: TwilioException | RequestException | ValueError) -> SendFailure:
    match error:
        case TwilioRestException():
            return _refusal(error.status, error.code, error.msg)
        case TwilioServiceException():
            return _refusal(error.status, error.code, error.detail or error.title)
        case ConnectTimeout() | RequestsConnectionError() if _never_left(error):
            return SendFailure(
                verdict=ErrorClass.REFUSED, code=None, message="Twilio cannot be reached"
            )
        case _:
            return SendFailure(
                verdict=ErrorClass.AMBIGUOUS,
                code=None,
                message=f"no answer: {type(error).__name__}",
                may_be_under_way=isinstance(error, ReadTimeout),
            )


def _refusal(http_status: int, code: int | None, text: str) -> SendFailure:
    return SendFailure(
        verdict=verdict(http_status, code),
        code=code,
        message=explain(code, text) or f"HTTP {http_status}",
    )


def _never_left(error: RequestException) -> bool:
    """Tell whether not even a connection was made."""
    reasons: Sequence[object] = error.args
    return isinstance(error, ConnectTimeout) or any(
        isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
        for reason in reasons
    )
