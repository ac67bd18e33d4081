"""The phone page beside a product that takes whatever it sends."""

import threading

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from bot.sandbox.twilio.link_previews import LinkPreviews
from bot.sandbox.twilio.server import FakeTwilio

BOT = "whatsapp:+14155238886"
USER = "whatsapp:+15550100001"


class Product:
    """A webhook that answers `status` and keeps the forms; `pages` are found there by path."""

    def __init__(self) -> None:
        self.status = 204
        self.forms: list[dict[str, str]] = []
        self.pages: dict[str, ResponseReturnValue] = {}
        app = Flask(__name__)
        app.post("/webhooks/whatsapp")(self._take)
        app.get("/<path:path>")(lambda path: self.pages[path])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.05))
        self._thread.start()

    def _take(self) -> tuple[str, int]:
        self.forms.append(request.form.to_dict())
        return "", self.status

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def make_stand_in(product: Product, port: int = 0) -> FakeTwilio:
    """A stand-in that has not started, for that product."""
    return FakeTwilio(
        port=port,
        account_sid="AC" + "0" * 32,
        auth_token="token",
        whatsapp_from=BOT,
        webhook_url=f"{product.url}/webhooks/whatsapp",
        step_seconds=0.02,
        previews=LinkPreviews("http://bot.example.com", product.url),
    )
