"""Links that a service reports: opened, waited for, and never a door of our own."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot import network_addresses
from bot.errors import LinkRefused
from bot.mcp.reported_links import wait_for_answer

pytestmark = pytest.mark.anyio


class Site(BaseHTTPRequestHandler):
    """Answers with the codes of its class, one after the other; the last one again and again."""

    codes: list[int]
    visits: int
    host: str

    def do_GET(self) -> None:
        type(self).visits += 1
        type(self).host = self.headers["Host"]
        codes = type(self).codes
        self.send_response(codes.pop(0) if len(codes) > 1 else codes[0])
        self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Site.codes, Site.visits = [200], 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.lengthy
async def test_a_link_that_goes_online_a_little_later_is_good(site: str) -> None:
    Site.codes = [404, 503, 200]
    await wait_for_answer(site, ["127.0.0.1"])
    assert Site.visits == 3


async def test_a_link_that_never_answers_well_is_refused(site: str) -> None:
    Site.codes = [404]
    with pytest.raises(LinkRefused, match="it answers 404"):
        await wait_for_answer(site, ["127.0.0.1"], patience=0)
    with pytest.raises(LinkRefused, match="does not answer"):
        await wait_for_answer("http://127.0.0.1:9/", ["127.0.0.1"], patience=0)


async def test_a_redirect_is_not_followed(site: str) -> None:
    Site.codes = [302]
    await wait_for_answer(site, ["127.0.0.1"], patience=0)
    assert Site.visits == 1


class Resolver:
    """Answers for app.example with this machine, which counts as public, and then otherwise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(network_addresses, "is_public", lambda address: address == "127.0.0.1")

    def _look_up(self, host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in {"app.example", b"app.example"}:
            return self._real(host, port, *rest, **more)
        self.asked += 1
        address = "127.0.0.1" if self.asked == 1 else "127.0.0.77"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


@pytest.mark.lengthy
async def test_what_was_looked_up_and_allowed_is_connected_to(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = Resolver(monkeypatch)
    Site.codes = [503, 200]
    link = site.replace("127.0.0.1", "app.example")

    await wait_for_answer(link, ["*.netlify.app"])

    assert (Site.visits, resolver.asked) == (2, 1)
    assert Site.host == link.removeprefix("http://").rstrip("/")


async def test_the_certificate_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch)
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _connection, name, _context: named.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_shake_hands, args=(server, context))
        thread.start()
        with pytest.raises(LinkRefused, match="does not answer"):
            await wait_for_answer(f"https://app.example:{server.getsockname()[1]}/", [], patience=0)
        thread.join()
    assert (named, resolver.asked) == (["app.example"], 1)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    with suppress(OSError), context.wrap_socket(connection, server_side=True):
        pass


@pytest.mark.parametrize(
    "url",
    [
        "{site}",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://[2001:0:4136:e378:8000:63bf:5601:5601]/",
        "http://app.netlify.app\\@127.0.0.1/",
        "http://evil@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "no link at all",
    ],
)
async def test_a_link_that_leads_inside_is_not_opened(site: str, url: str) -> None:
    with pytest.raises(LinkRefused):
        await wait_for_answer(url.replace("{site}", site), ["*.netlify.app"], patience=0)
    assert Site.visits == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://[project].netlify.app/",
        "https://app.netlify.app:99999/",
        f"https://{'a' * 64}.netlify.app/",
        "https://a..netlify.app/",
    ],
)
async def test_a_malformed_link_is_refused(url: str) -> None:
    with pytest.raises(LinkRefused, match="not a link"):
        await wait_for_answer(url, ["*.netlify.app"], patience=0)
