"""The web process as it is run: gunicorn, its configuration, real sockets."""

import http.client
import select
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from bot.gunicorn_conf import threads
from bot.serving.arrival import BODY_LIMIT
from bot.serving.loop import ARRIVAL_SECONDS
from bot.serving.open_connections import OF_ONE_ADDRESS
from bot.settings.groups import Settings
from tests.acceptance.stack import eventually
from tests.forked_program import run_forked
from tests.integration.twilio_forms import FORM, encoded, message_fields, signed
from tests.integration.web_process import APPLICATION, GUNICORN, environment, serving

pytestmark = pytest.mark.slow  # it starts processes


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    with serving(settings, tmp_path, workers=2) as (served_settings, _):
        yield served_settings


def count_messages(settings: Settings) -> int:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        ((count,),) = connection.execute(
            "SELECT count(*) FROM inbound_message JOIN request USING (request_id)"
        ).fetchall()
    return int(count)


def test_fifty_duplicates_at_once_over_http_are_one_request(served: Settings) -> None:
    url = f"{served.web.public_base_url}/webhooks/whatsapp?lang=%C3%A9%2C"
    fields = message_fields(served)
    headers, body = signed(fields, url=url), encoded(fields)
    with ThreadPoolExecutor(50) as threads:
        answers = list(
            threads.map(
                lambda _: requests.post(url, data=body, headers=headers, timeout=30), range(50)
            )
        )
    assert [answer.status_code for answer in answers] == [204] * 50
    assert count_messages(served) == 1


def test_nobody_moves_paths_by_a_header_that_proxies_send(served: Settings) -> None:
    for moved in ({"SCRIPT_NAME": "/elsewhere"}, {"SCRIPT_NAME": "/ready"}, {"PATH_INFO": "/x"}):
        answer = requests.get(f"{served.web.public_base_url}/ready", headers=moved, timeout=30)
        assert answer.status_code == 200, moved


def test_ten_megabytes_are_refused_with_an_answer_that_arrives(served: Settings) -> None:
    url = f"{served.web.public_base_url}/webhooks/whatsapp"
    body = b"Body=" + b"x" * 10_000_000
    whole = requests.post(url, data=body, headers={"Content-Type": FORM}, timeout=30)
    assert (whole.status_code, whole.text) == (413, "The body is larger than 65536 bytes.\n")
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    chunked = requests.post(url, data=pieces, headers={"Content-Type": FORM}, timeout=30)
    assert chunked.status_code == 413
    assert count_messages(served) == 0


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_of_a_body_that_is_too_large_no_thread_waits_for_the_rest(
    served: Settings, framing: str
) -> None:
    address = urlsplit(served.web.public_base_url)
    head = f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {FORM}"
    body = b"Body=" + b"x" * (BODY_LIMIT + 100)
    if framing.endswith("chunked"):
        body = b"%x\r\n%b" % (len(body) + 10, body)

    def seconds_until_all_are_refused() -> float:
        with ExitStack() as opened:
            clients = [
                opened.enter_context(socket.create_connection((address.hostname, address.port), 30))
                for _ in range(4 * threads)
            ]
            started = time.monotonic()
            for client in clients:
                client.sendall(f"{head}\r\n{framing}\r\n\r\n".encode() + body)
            for client in clients:
                assert client.recv(100).startswith(b"HTTP/1.1 413 ")
            return time.monotonic() - started

    # Who waits for the rest does so each time; a busy machine may be slow once.
    assert any(seconds_until_all_are_refused() < ARRIVAL_SECONDS / 2 for _ in range(3))


def test_no_spelling_of_a_path_leads_out_of_the_apps(served: Settings) -> None:
    netloc = urlsplit(served.web.sites_base_url).netloc
    for target in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        f"/{'0' * 32}/..%2f..%2fconsole",
        "//console",
        f"{served.web.public_base_url}/console",
    ):
        connection = http.client.HTTPConnection(netloc, timeout=30)
        connection.request("GET", target, headers={"Host": netloc})
        answer = connection.getresponse()
        assert (answer.status, answer.headers.get_content_type()) == (404, "text/html"), target
        connection.close()


def test_the_two_origins_are_told_apart_by_the_host(served: Settings) -> None:
    console = f"{served.web.public_base_url}/console"
    assert requests.get(console, timeout=30).status_code == 401
    assert requests.get(f"{served.web.sites_base_url}/console", timeout=30).status_code == 404
    evil = requests.get(console, headers={"Host": "evil.example"}, timeout=30)
    assert evil.status_code == 421
    sites = requests.get(
        console, headers={"Host": urlsplit(served.web.sites_base_url).netloc}, timeout=30
    )
    assert sites.status_code == 404


def test_it_stops_when_it_is_told_to_and_has_logged_no_address(
    settings: Settings, tmp_path: Path
) -> None:
    # One worker: gunicorn loses a signal to one that is still starting, and then waits for it.
    with serving(settings, tmp_path, workers=1) as (served, process):
        url = f"{served.web.public_base_url}/webhooks/whatsapp"
        fields = message_fields(served)
        requests.post(url, data=encoded(fields), headers=signed(fields, url=url), timeout=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    log = (tmp_path / "web.log").read_text()
    assert "Booting worker" in log
    assert "Worker exiting" in log, "by itself, not killed in the end"
    assert "POST" not in log
    assert "5551234567" not in log
    assert "Traceback" not in log


def is_cut(client: socket.socket) -> bool:
    """Whether a connection has ended without a word; who was too slow is told so."""
    try:
        return client.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True


def test_one_address_holds_so_many_connections_and_keeps_its_neighbours_served(
    settings: Settings, tmp_path: Path
) -> None:
    with serving(settings, tmp_path, workers=1) as (served, _), ExitStack() as opened:
        address = urlsplit(served.web.sites_base_url)
        silent = [
            opened.enter_context(socket.create_connection((address.hostname, address.port)))
            for _ in range(OF_ONE_ADDRESS + 50)
        ]
        for client in silent:
            with suppress(ConnectionError):
                client.send(b"G")
        url = f"{served.web.public_base_url}/webhooks/whatsapp"
        fields = message_fields(served)
        body, headers = encoded(fields), signed(fields, url=url)
        assert requests.post(url, data=body, headers=headers, timeout=30).status_code == 204

        def ended() -> list[socket.socket]:
            return [client for client in select.select(silent, [], [], 0)[0] if is_cut(client)]

        eventually(lambda: len(ended()) >= 50, "those above the bound are ended")
        assert ended() == silent[: len(ended())], "the longest waiting"
        assert len(ended()) <= 52
    log = (tmp_path / "web.log").read_text().splitlines()
    (told,) = (line for line in log if "name it in TRUSTED_PROXIES" in line)
    assert "127.0.0.1" not in told


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"PUBLIC_BASE_URL": ""}, "set PUBLIC_BASE_URL"),
        ({"TWILIO_ACCOUNT_SID": "nonsense"}, "TWILIO_ACCOUNT_SID must be"),
        ({"SITES_BASE_URL": "http://127.0.0.1:1"}, "SITES_BASE_URL must be another origin"),
    ],
)
def test_a_wrong_configuration_stops_the_start_with_one_sentence(
    settings: Settings, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    process = run_forked(
        [*GUNICORN, "--bind", "127.0.0.1:0", "--log-level", "warning", APPLICATION],
        environment(settings) | changes,
        folder=tmp_path,
    )
    assert process.returncode != 0
    assert sentence in process.stderr
    assert process.stderr.count("\n") == 1
    assert "test-auth-token" not in process.stdout + process.stderr
