"""The Twilio stand-in between a phone and webhooks that keep what they are sent."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import TypedDict

import requests
from flask import Flask, Response, request
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server

from bot.sandbox.twilio.phone.client import (
    Phone,
    PhoneMessage,
)
from bot.sandbox.twilio.server import FakeTwilio

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-of-our-own"
BOT = "whatsapp:+14155238886"
USER = "whatsapp:+15550100001"


class Outgoing(TypedDict, total=False):
    """What a message is made from."""

    to: str
    from_: str
    body: str
    media_url: list[str]


@dataclass
class Product:
    """The far side of the stand-in: two webhooks that keep what they are sent."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    inbound: list[MultiDict[str, str]] = field(default_factory=list)
    statuses: list[MultiDict[str, str]] = field(default_factory=list)

    def take(self, kept: list[MultiDict[str, str]]) -> Response:
        validator = RequestValidator(TOKEN)
        signature = request.headers["X-Twilio-Signature"]
        assert validator.validate(request.url, request.form, signature)
        kept.append(request.form)
        return Response(status=self.answers.pop(0) if self.answers else 204)


@contextmanager
def listening_product() -> Iterator[Product]:
    product = Product()
    app = Flask(__name__)
    app.post("/webhooks/whatsapp", endpoint="in")(lambda: product.take(product.inbound))
    app.post("/webhooks/status", endpoint="status")(lambda: product.take(product.statuses))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    product.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.05))
    thread.start()
    yield product
    server.shutdown()
    thread.join()
    server.server_close()


def is_body(text: str, message: PhoneMessage) -> bool:
    return message.body == text


def make_stand_in(product: Product, state_file: Path | None = None) -> FakeTwilio:
    return FakeTwilio(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        whatsapp_from=BOT,
        webhook_url=f"{product.url}/webhooks/whatsapp",
        state_file=state_file,
        step_seconds=0.02,
    )


def make_client(url: str, token: str = TOKEN, *, timeout: float = 60.0) -> Client:
    client = Client(ACCOUNT, token, http_client=TwilioHttpClient(timeout=timeout))
    client.api.base_url = client.messaging.base_url = url
    return client


def fail(stand_in: FakeTwilio, **fault: object) -> None:
    assert requests.post(f"{stand_in.url}/faults", json=[fault], timeout=60).status_code == 201


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.01)


def statuses(phone: Phone) -> list[str]:
    return [message.status for message in phone.messages()]
