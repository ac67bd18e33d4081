"""Fetches a user's file from Twilio, and lets nobody send us anywhere else.

The address comes with a signed webhook, and is still only a text that somebody wrote: it must be
a file of this very message in our own account. Twilio answers with a redirect to its CDN, which is
followed by hand: to hosts on a list, over https, to public addresses only, without credentials,
and never for more bytes than are allowed. They go to a file, not into memory, and are never
unpacked.
"""

import asyncio
import re
from functools import partial
from typing import IO
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2

from bot.errors import (
    AddressRefused,
    AttachmentDelayed,
    AttachmentRefused,
    AttachmentUnavailable,
)
from bot.network_addresses import pinned_request, public_address
from bot.repeating import repeated
from bot.settings.groups import TwilioSettings

TWILIO = "https://api.twilio.com"
CDN_HOSTS = frozenset({"media.twiliocdn.com", "mms.twiliocdn.com", "s3-external-1.amazonaws.com"})
REDIRECTS = 3
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)  # seconds
WHOLE_SECONDS = 60.0  # for all of it
BUSY = frozenset({429, 500, 502, 503, 504})
AS_IT_IS = {"Accept-Encoding": "identity"}  # a kilobyte can be packed from a million

_PATH = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})"
    r"/Messages/(?P<message>(?:SM|MM)[0-9a-fA-F]{32})/Media/ME[0-9a-fA-F]{32}"
)


async def fetch(
    account: TwilioSettings, url: str, *, message_sid: str, limit: int, into: IO[bytes]
) -> None:
    """Write the file's bytes to `into`.

    Raises `AttachmentRefused` for an address that is none of ours or a file of more than `limit`
    bytes, `AttachmentDelayed` if it cannot be had now, `AttachmentUnavailable` if it is not there.
    """
    _check_origin(account, url, message_sid)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await repeated(partial(_follow, account, url, limit, into), _is_delay)
    except (TimeoutError, httpx2.HTTPError, OSError) as error:
        raise AttachmentDelayed(f"no answer: {type(error).__name__}") from None


def _is_delay(error: Exception) -> bool:
    return isinstance(error, AttachmentDelayed)


def _base(account: TwilioSettings) -> SplitResult:
    return urlsplit(account.base_url or TWILIO)


def _check_origin(account: TwilioSettings, url: str, message_sid: str) -> None:
    """Only a file of that message in our account, where our account is."""
    parts = urlsplit(url)
    path = _PATH.fullmatch(parts.path)
    if (
        parts[:2] != _base(account)[:2]
        or path is None
        or path["account"] != account.account_sid
        or path["message"] != message_sid
        or parts.query
        or parts.fragment
    ):
        raise AttachmentRefused("the address is not that of a file of this message")


async def _follow(account: TwilioSettings, url: str, limit: int, into: IO[bytes]) -> None:
    """Fetch, over at most `REDIRECTS` redirects."""
    credentials: httpx2.BasicAuth | None = httpx2.BasicAuth(
        account.account_sid, account.auth_tokens[0].get_secret_value()
    )
    async with httpx2.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=TIMEOUT, headers=AS_IT_IS
    ) as client:
        for _ in range(REDIRECTS + 1):
            request = await _request(client, account, url)
            response = await client.send(request, auth=credentials, stream=True)
            try:
                if not response.is_redirect:
                    return await _read(response, limit, into)
                url = urljoin(url, response.headers["Location"])
            finally:
                await response.aclose()
            credentials = None  # nobody but Twilio gets them
    raise AttachmentRefused(f"more than {REDIRECTS} redirects")


async def _request(client: httpx2.AsyncClient, account: TwilioSettings, url: str) -> httpx2.Request:
    """A request to an address that was looked at before, so that no second look-up differs."""
    parts = urlsplit(url)
    if parts[:2] == _base(account)[:2] and account.base_url:
        return client.build_request("GET", url)  # where the operator says that Twilio is
    host = parts.hostname or ""
    is_allowed = host in CDN_HOSTS or parts[:2] == urlsplit(TWILIO)[:2]
    if (
        parts.scheme != "https"
        or not is_allowed
        or parts.port not in {None, 443}
        or "@" in parts[1]
    ):
        raise AttachmentRefused("the file is said to be where Twilio has none")
    try:
        address = await public_address(host, 443)
    except AddressRefused:
        raise AttachmentRefused("the file is said to be on a private network") from None
    return pinned_request(client, httpx2.URL(url), address)


async def _read(response: httpx2.Response, limit: int, into: IO[bytes]) -> None:
    if response.status_code in BUSY:
        raise AttachmentDelayed(f"HTTP {response.status_code}")
    if response.status_code != 200:
        raise AttachmentUnavailable(f"HTTP {response.status_code}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise AttachmentRefused("the file is packed, which was not asked for")
    async for piece in response.aiter_raw():
        if response.num_bytes_downloaded > limit:
            raise AttachmentRefused(f"the file has more than {limit} bytes")
        into.write(piece)
