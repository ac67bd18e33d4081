"""How requests arrive and answers leave, over real sockets, and that threads wait for neither."""

import hashlib
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from bot.serving.worker import QUEUE
from tests.acceptance.stack import eventually
from tests.integration.echo_server import PLACES, THREADS, Server, chunked, get, post, running

pytestmark = pytest.mark.slow  # it starts processes


CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("echo")) as server:
        yield server


def test_a_connection_is_kept_for_requests_of_all_kinds(server: Server) -> None:
    large = b"y" * 60_000
    with server.client() as client:
        for request, path, body in (
            (get("/a?x=1"), "/a", b""),
            (post("/b/c", b"12345"), "/b/c", b"12345"),
            (chunked("/d", b"one", b"0\r\n\r\n", large), "/d", b"one0\r\n\r\n" + large),
            (b"\r\n" + get("/e"), "/e", b""),
            (post("/f?read=3", large), "/f", b"yyy"),
            (get("/g"), "/g", b""),
        ):
            client.send(request)
            told = client.told()
            assert (told["path"], told["length"]) == (path, len(body))
            assert told["sha256"] == hashlib.sha256(body).hexdigest()


def test_requests_that_follow_at_once_are_answered_in_order(server: Server) -> None:
    requests = [post("/1", b"a"), chunked("/2", b"bc", b"d"), get("/3"), post("/4", b"efghi")]
    with server.client(b"".join(requests)) as client:
        told = [client.told() for _ in requests]
    assert [(t["path"], t["length"]) for t in told] == [("/1", 1), ("/2", 3), ("/3", 0), ("/4", 5)]


def test_a_request_may_come_byte_by_byte(server: Server) -> None:
    with server.client() as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in (post("/a", b"body"), chunked("/b", b"chunk", b"s")):
            for at in range(len(request)):
                client.send(request[at : at + 1])
            assert client.told()["length"] in {4, 6}


def test_a_client_that_asks_whether_to_go_on_is_told_so(server: Server) -> None:
    head, body = post("/a", b"later", "Expect: 100-continue").split(b"later")[0], b"later"
    with server.client(head) as client:
        assert client.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(body)
        assert client.told()["length"] == len(body)
        client.send(get("/b"))
        assert client.told()["path"] == "/b"


def test_a_body_larger_than_what_is_collected_reaches_an_application_that_reads_it(
    server: Server,
) -> None:
    size = 3_000_000
    body = hashlib.shake_128(b"body").digest(size)
    for request in (post("/a", body), chunked("/a", body[: size // 2], body[size // 2 :])):
        with server.client(request) as client:
            told = client.told()
            assert (told["length"], told["sha256"]) == (size, hashlib.sha256(body).hexdigest())
            assert client.is_closed()


def test_answers_of_all_kinds_arrive(server: Server) -> None:
    with server.client(get("/a?pieces=3")) as client:
        answer = client.answer()
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert answer.body == b"piece " * 3
        client.send(get("/a?size=3000000"))
        assert client.answer().body == b"x" * 3_000_000
        client.send(get("/a").replace(b"GET", b"HEAD"))
        assert client.answer("HEAD").status == 200
        client.send(get("/a").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert client.answer().headers["Connection"] == "close"
        assert client.is_closed()


def test_an_application_that_fails_is_logged_and_the_client_told_without_details(
    server: Server,
) -> None:
    with server.client(get("/secret-path?fail=1")) as client:
        answer = client.answer()
        assert (answer.status, answer.body) == (500, b"Internal Server Error\n")
        assert client.is_closed()
    assert "LookupError" in server.log
    assert "secret-path" not in server.log


NOT_ACCEPTABLE = {
    "nonsense": (b"nonsense\r\n\r\n", 400),
    "space in a name": (get("/a", "A B: c"), 400),
    "two lengths": (get("/a", "Content-Length: 1", "Content-Length: 2") + b"xx", 400),
    "two framings": (get("/a", "Content-Length: 1", CHUNKED) + b"0\r\n\r\n", 400),
    "negative length": (get("/a", "Content-Length: -1"), 400),
    "unknown coding": (get("/a", "Transfer-Encoding: snow"), 501),
    "no size of a chunk": (get("/a", CHUNKED) + b"xyz\r\n", 400),
    "endless size of a chunk": (get("/a", CHUNKED) + b"1" * 2_000, 400),
    "wrong size of a chunk": (get("/a", CHUNKED) + b"1\r\nabc\r\n0\r\n\r\n", 400),
    "more around chunks than in them": (get("/a", CHUNKED) + b"1;xxxxxx\r\na\r\n" * 50_000, 413),
    "endless trailers": (get("/a", CHUNKED) + b"0\r\n" + b"a: b\r\n" * 200_000, 413),
    "long path": (get("/" + "a" * 10_000), 414),
    "large header": (get("/a", "X: " + "y" * 20_000), 431),
    "too large header": (get("/a", "X: " + "y" * 40_000), 431),
    "endless head": (b"GET /a HTTP/1.1\r\n" + b"y" * 40_000, 431),
}


@pytest.mark.parametrize("kind", NOT_ACCEPTABLE)
def test_what_is_no_request_is_refused_and_ends_the_connection(server: Server, kind: str) -> None:
    request, status = NOT_ACCEPTABLE[kind]
    with server.client() as client:
        with suppress(ConnectionError):  # it may be refused before all of it is sent
            client.send(request + get("/behind"))
        assert client.answer().status == status
        assert client.is_closed()
    assert server.log.count("Booting worker") == 1, "nothing ends the process"


@pytest.mark.parametrize(
    ("name", "size", "clears"),
    [
        ("cookie", 9_000, True),
        ("Cookie", 200_000, True),
        ("X", 9_000, False),
        ("X", 200_000, False),
        ("Cookie: a=b\r\nX", 9_000, False),
    ],
)
def test_only_whose_cookies_are_too_large_is_told_to_delete_them(
    server: Server, name: str, size: int, clears: bool
) -> None:
    """Anybody's page can have a long address asked for, and is to clear no cookies by that."""
    with server.client() as client:
        with suppress(ConnectionError):
            client.send(get("/a", f"{name}: {'y' * size}"))
        answer = client.answer()
        assert answer.status == 431
        assert answer.headers.get("Clear-Site-Data") == ('"cookies"' if clears else None)


def test_threads_wait_neither_for_requests_nor_for_readers(server: Server) -> None:
    count = 5 * THREADS
    with ExitStack() as opened:
        for begun in (
            b"",
            get("/a")[:20],
            post("/a", b"half")[:-2],
            chunked("/a", b"half")[:-4],
            post("/a", b"z" * 200_000)[:70_000],
            get("/a?size=20000000"),
        ):
            for _ in range(count):
                opened.enter_context(server.client(begun))
        with server.client(get("/a")) as client:
            # Were they waited for, this one would wait for minutes, and a client does for 30 s.
            assert client.told()["path"] == "/a"


def test_a_request_has_ten_seconds_however_it_comes(server: Server) -> None:
    """Each of them as a whole, so that a byte now and then wins nothing."""
    begun = {
        "silent": b"",
        "head": get("/a")[:20],
        "body": post("/a", b"half")[:-2],
        "more than is collected": post("/a", b"z" * 200_000)[:100_000],
        "bytes": b"G",
    }
    with ExitStack() as opened:
        started = time.monotonic()
        clients = {name: opened.enter_context(server.client(begun[name])) for name in begun}
        kept = opened.enter_context(server.client(get("/a")))
        kept.told()
        trickling = clients["bytes"].sock
        trickling.settimeout(0.3)
        while time.monotonic() - started < 100:
            try:
                trickling.sendall(b"E")
                if trickling.recv(1):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert 8 < time.monotonic() - started < 60, "and not as long as bytes come"
        for name in ("head", "body"):
            assert clients[name].answer().status == 408
        for name in ("silent", "head", "body", "more than is collected"):
            assert name == "more than is collected" or clients[name].is_closed()
        assert clients["more than is collected"].told()["length"] < 200_000
        assert kept.is_closed()


def test_who_keeps_one_lane_busy_keeps_no_other_waiting(server: Server) -> None:
    with ExitStack() as opened:
        numbers, queue = range(THREADS), int(PLACES * QUEUE)
        held = [opened.enter_context(server.held("slow", number)) for number in numbers]
        queued = [opened.enter_context(server.client(get("/slow/next"))) for _ in range(queue)]
        with server.client(get("/slow/more")) as refused:
            answer = refused.answer()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        with server.client(get("/other")) as other:
            assert other.told()["path"] == "/other"
        for number in numbers:
            server.let_go(number)
        assert {client.told()["path"] for client in held} == {"/slow"}
        assert {client.told()["path"] for client in queued} == {"/slow/next"}


def test_who_only_holds_a_connection_makes_room_for_who_comes(server: Server) -> None:
    with ExitStack() as opened:
        silent = [opened.enter_context(server.client()) for _ in range(PLACES)]
        for _ in range(3):
            with server.client(get("/a")) as client:
                assert client.told()["path"] == "/a"
        assert silent[0].is_closed()
    eventually(lambda: f"all {PLACES} places for connections are taken" in server.log, "it is told")


def test_told_to_stop_it_answers_a_request_that_has_begun_to_come(tmp_path: Path) -> None:
    patient = {"ARRIVAL_SECONDS": 120.0, "DRAIN_SECONDS": 120.0}
    with running(tmp_path, **patient) as server, ExitStack() as opened:
        late = opened.enter_context(server.client(get("/late")[:10]))
        with server.client(get("/a")) as behind:
            behind.told()
        server.process.send_signal(signal.SIGTERM)
        eventually(lambda: "Handling signal: term" in server.log, "it knows")
        late.send(get("/late")[10:])
        answer = late.answer()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert late.is_closed()
        opened.close()
        assert server.process.wait(timeout=60) == 0


def test_told_to_stop_it_ends_what_it_does_and_closes_the_rest(tmp_path: Path) -> None:
    patient = {"ARRIVAL_SECONDS": 120.0}
    with running(tmp_path, **patient) as server, ExitStack() as opened:
        silent = opened.enter_context(server.client())
        kept = opened.enter_context(server.client(get("/a")))
        kept.told()
        served = opened.enter_context(server.held("slow", 1))
        server.process.send_signal(signal.SIGTERM)
        assert silent.is_closed()
        assert kept.is_closed()
        assert server.process.poll() is None
        server.let_go(1)
        assert served.told()["path"] == "/slow"
        assert served.is_closed()
        assert server.process.wait(timeout=60) == 0
