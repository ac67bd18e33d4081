"""Sends signed webhooks over many connections at once, from one thread that takes little itself."""

import secrets
import selectors
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from tests.acceptance.stack import ACCOUNT_SID, AUTH_TOKEN, BOT

CONNECTIONS = 16
USERS = 500


def signed_requests(url: str, count: int) -> Iterator[bytes]:
    """Requests with new messages, of one user after the other."""
    parts = urlsplit(url)
    signer = RequestValidator(AUTH_TOKEN)
    for number in range(count):
        form = _form(f"1555{number % USERS:07}")
        body, signature = urlencode(form), signer.compute_signature(url, form)
        yield (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\n"
            f"I-Twilio-Idempotency-Token: {secrets.token_hex(16)}\r\n"
            f"{SIGNATURE_HEADER}: {signature}\r\nUser-Agent: TwilioProxy/1.1\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def send(url: str, requests: list[bytes]) -> list[float]:
    """The seconds until each was answered with 204; whatever else is answered ends it."""
    parts, selector = urlsplit(url), selectors.DefaultSelector()
    waiting = iter(requests)
    taken: list[float] = []
    for request, _ in zip(waiting, range(CONNECTIONS), strict=False):
        line = socket.create_connection((parts.hostname, parts.port))
        line.sendall(request)
        selector.register(line, selectors.EVENT_READ, (line, time.perf_counter()))
    while selector.get_map():
        for key, _ in selector.select():
            line, began = key.data
            answer = line.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise SystemExit(f"answered with {answer[:80]!r}")
            taken.append(time.perf_counter() - began)
            if following := next(waiting, None):
                line.sendall(following)
                selector.modify(line, selectors.EVENT_READ, (line, time.perf_counter()))
            else:
                selector.unregister(line)
                line.close()
    return taken


def _form(contact: str) -> dict[str, str]:
    sid = "SM" + secrets.token_hex(16)
    return {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": "Build me a todo app with a dark mode and a list of what is done",
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Sam"}}}',
        "ExternalUserId": f"US.{contact}",
        "From": f"whatsapp:+{contact}",
        "MessageSid": sid,
        "MessageType": "text",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Sam",
        "ReferralNumMedia": "0",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": BOT,
        "WaId": contact,
    }
