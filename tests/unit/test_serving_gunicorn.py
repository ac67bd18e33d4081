"""The parts of gunicorn that are not documented and that `bot/serving` is built on."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.errors import ConfigError
from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.base import Worker

from bot.serving.worker import BufferingWorker

ROOT = Path(__file__).parents[2]


class Source:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked = 0

    def recv(self, size: int) -> bytes:
        self.asked += 1
        piece, self.data = self.data[:size], self.data[size:]
        return piece


class Sink:
    def __init__(self) -> None:
        self.all = b""
        self.beside = b""

    def sendall(self, data: bytes) -> None:
        self.all += data

    def send(self, data: bytes) -> int:
        self.beside += data
        return len(data)


REQUEST = (
    b"POST /a%20b?c HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"
)


def test_the_version_is_one_that_was_looked_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "gunicorn>=27.0,<27.1" in project["dependencies"]
    assert version("gunicorn").startswith("27.0.")


def test_the_parser_reads_from_whatever_has_recv_and_no_further_than_it_must() -> None:
    source = Source(REQUEST)
    request = http.get_parser(Config(), source, ("192.0.2.1", 1)).next()
    assert source.asked == 1
    assert (request.method, request.path, request.uri) == ("POST", "/a%20b", "/a%20b?c")
    assert request.body.read() == b"body"
    assert source.asked == 1
    with pytest.raises(NoMoreData):
        http.get_parser(Config(), Source(b"GET"), ("192.0.2.1", 1)).next()


@pytest.mark.parametrize("closes", [False, True])
def test_the_response_goes_through_sendall_and_what_is_said_before_through_send(
    closes: bool,
) -> None:
    request = http.get_parser(Config(), Source(REQUEST), ("192.0.2.1", 1)).next()
    if closes:
        request.force_close()
    sink = Sink()
    client, server = ("192.0.2.1", 1), ("127.0.0.1", 2)
    response, environ = wsgi.create(request, sink, client, server, Config())
    assert sink.beside == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (environ["REMOTE_ADDR"], environ["RAW_URI"]) == ("192.0.2.1", "/a%20b?c")
    response.start_response("200 OK", [("Content-Length", "2")])
    response.write(b"ok")
    response.close()
    assert response.should_close() is closes
    assert f"Connection: {'close' if closes else 'keep-alive'}\r\n".encode() in sink.all
    assert sink.all.endswith(b"\r\n\r\nok")


def test_a_worker_has_what_ours_uses() -> None:
    for name in ("PIPE", "notify", "handle_exit", "init_process", "run"):
        assert hasattr(Worker, name)


def test_what_the_worker_cannot_do_is_refused() -> None:
    config = Config()
    BufferingWorker.check_config(config, None)
    config.set("certfile", "some.pem")
    with pytest.raises(ConfigError, match="let a proxy in front speak TLS"):
        BufferingWorker.check_config(config, None)
