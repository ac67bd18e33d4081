"""Runs the stand-in: Twilio's API, the faults' control endpoint and the phone in one server."""

import socket
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Self

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.serving import BaseWSGIServer, make_server

from bot.sandbox.quiet_requests import QuietRequests
from bot.sandbox.strangers import keep_strangers_out
from bot.sandbox.twilio.broker import Broker, FakeAccount
from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.media import cdn
from bot.sandbox.twilio.phone.routes import phone
from bot.sandbox.twilio.rest import rest_api
from bot.sandbox.twilio.store import Store

STEP_SECONDS = 0.1  # between a message's statuses
RESET_SECONDS = 5.0

_FAULTS = TypeAdapter(list[TwilioFault])


MakePage = Callable[[Broker], Blueprint]
"""Makes a page around the phone's, at its address."""


def create_app(
    broker: Broker, previews: LinkPreviews | None, page: MakePage | None = None
) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.before_request(keep_strangers_out)
    app.register_blueprint(rest_api(broker))
    app.register_blueprint(cdn(broker.store))
    app.register_blueprint(phone(broker, previews, has_page=page is None))
    if page is not None:
        app.register_blueprint(page(broker))

    @app.get("/faults")
    def pending_faults() -> Response:
        return jsonify(_FAULTS.dump_python(broker.faults.pending(), mode="json"))

    @app.post("/faults")
    def add_faults() -> tuple[Response, int]:
        try:
            broker.faults.add(_FAULTS.validate_json(request.get_data()))
        except ValidationError as error:
            return Response(error.json(include_url=False), mimetype="application/json"), 400
        return pending_faults(), 201

    @app.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        broker.faults.clear()
        return "", 204

    return app


class FakeTwilio:
    """The stand-in in a thread of this process; `url` is where it is reached.

    Without `previews` the phone shows links as they are.

    Use as a context manager, or call `start` and `stop`. Raises `OSError` when the port is taken.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        account_sid: str,
        auth_token: str,
        whatsapp_from: str,
        webhook_url: str,
        state_file: Path | None = None,
        step_seconds: float = STEP_SECONDS,
        previews: LinkPreviews | None = None,
        page: MakePage | None = None,
    ) -> None:
        self._listener = _listen(host, port)
        account = FakeAccount(
            api_url=self.url,
            sid=account_sid,
            auth_token=auth_token,
            whatsapp_from=whatsapp_from,
            webhook_url=webhook_url,
        )
        self._store = Store(state_file)
        self.broker = Broker(account, self._store, step_seconds=step_seconds)
        self._server = _server(self._listener, create_app(self.broker, previews, page))
        self._thread = Thread(target=self._run, name="stand-in", daemon=True)

    @property
    def url(self) -> str:
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> Self:
        self._thread.start()
        self.broker.resume()
        return self

    def reset(self) -> None:
        """Forget conversations and faults, as after a start without a state file.

        Raises `TimeoutError` when messages are on their way for longer than `RESET_SECONDS`.
        """
        self.broker.faults.clear()
        self.broker.forget(RESET_SECONDS)

    def stop(self) -> None:
        self.broker.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._listener.close()
        self._store.close()

    def _run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    """Listen ourselves, because Werkzeug ends the process when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def _server(listener: socket.socket, app: Flask) -> BaseWSGIServer:
    host, port = listener.getsockname()[:2]
    return make_server(
        host, port, app, threaded=True, request_handler=QuietRequests, fd=listener.fileno()
    )
