"""Who tries passwords gets slower with each, and operators hear of it."""

import http.client
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from werkzeug.test import Client, TestResponse

from bot.settings.groups import Settings
from bot.web.login_throttle import (
    ADDRESSES,
    FIRST_WAIT,
    FORGIVEN_AFTER,
    LONGEST_WAIT,
    MOST_WAITING,
    LoginThrottle,
)
from bot.wsgi import create_app
from telemetry.alerts import all_alerts, find
from tests.acceptance.stack import eventually
from tests.integration.web_process import serving

RIGHT = "test-operator-token"


class Clock:
    """A clock that runs only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> LoginThrottle:
    return LoginThrottle(clock=clock, sleep=clock.sleep)


@pytest.fixture
def client(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The product, whose throttle has the test's clock."""
    own = {"clock": clock, "sleep": lambda seconds: clock.sleep(seconds)}
    monkeypatch.setattr(LoginThrottle.__init__, "__kwdefaults__", own)
    app = create_app(settings)
    yield Client(app)
    app.close()


def try_password(
    client: Client, settings: Settings, password: str, *, address: str, path: str = "/console"
) -> TestResponse:
    return client.get(
        path,
        base_url=settings.web.public_base_url,
        headers={"Authorization": f"Bearer {password}"},
        environ_base={"REMOTE_ADDR": address},
    )


def seconds(clock: Clock, throttle: LoginThrottle, shown: str, address: str = "192.0.2.1") -> float:
    began = clock.now
    verdict = throttle.check_password(shown, RIGHT, address=address, route="/console")
    assert verdict.is_right == (shown == RIGHT)
    assert verdict.retry_after is None
    return clock.now - began


def test_each_wrong_password_slows_the_next_of_its_address(
    clock: Clock, throttle: LoginThrottle
) -> None:
    waits = [seconds(clock, throttle, "wrong") for _ in range(7)]

    assert waits == [0, 0.5, 1, 2, 4, 8, LONGEST_WAIT]
    assert seconds(clock, throttle, "wrong", "192.0.2.2") == 0
    assert seconds(clock, throttle, RIGHT) == LONGEST_WAIT
    assert seconds(clock, throttle, "wrong") == 0
    assert seconds(clock, throttle, "wrong") == 0.5
    clock.now += FORGIVEN_AFTER
    assert seconds(clock, throttle, "wrong") == 0
    assert seconds(clock, throttle, "wrong") == 0.5


def test_the_addresses_that_are_remembered_are_bounded(
    clock: Clock, throttle: LoginThrottle
) -> None:
    seconds(clock, throttle, "wrong", "192.0.2.1")
    for number in range(ADDRESSES):
        seconds(
            clock, throttle, "wrong", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        )
    assert seconds(clock, throttle, "wrong", "192.0.2.1") == 0


@pytest.mark.parametrize("path", ["/console", "/metrics", "/health", "/v1/read-token-info"])
def test_a_wrong_password_is_answered_late_wherever_it_is_shown(
    client: Client, settings: Settings, clock: Clock, path: str
) -> None:
    assert try_password(client, settings, "wrong", address="192.0.2.1").status_code == 401

    began = clock.now
    again = try_password(client, settings, "wrong", address="192.0.2.1", path=path)
    assert again.status_code == 401
    assert clock.now - began == FIRST_WAIT

    began = clock.now
    with_none = client.get("/console", base_url=settings.web.public_base_url)
    assert with_none.status_code == 401
    other = try_password(client, settings, RIGHT, address="192.0.2.2", path=path)
    assert other.status_code == 200
    assert clock.now == began


def test_many_at_once_are_sent_away_and_take_no_threads(
    client: Client, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses, over, sleep = count(), threading.Event(), clock.sleep

    def sleep_until_it_is_over(seconds: float) -> None:
        assert over.wait(60)
        sleep(seconds)

    monkeypatch.setattr(clock, "sleep", sleep_until_it_is_over)

    def guess(_: int) -> TestResponse:
        return try_password(client, settings, f"wrong-{next(guesses)}", address="192.0.2.1")

    with ThreadPoolExecutor(12) as threads:
        begun = [threads.submit(guess, number) for number in range(12)]
        eventually(
            lambda: sum(answer.done() for answer in begun) == 12 - MOST_WAITING,
            "the others are answered",
        )
        over.set()
        answers = [answer.result() for answer in begun]

    looked_at = [answer for answer in answers if answer.status_code == 401]
    sent_away = [answer for answer in answers if answer.status_code == 429]
    assert 1 <= len(looked_at) <= 3
    assert len(looked_at) + len(sent_away) == 12
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in sent_away)
    assert try_password(client, settings, RIGHT, address="192.0.2.1").status_code == 200


@pytest.mark.slow  # it starts a process
def test_the_log_and_an_alert_tell_of_it(
    settings: Settings, tmp_path: Path, database_url: str
) -> None:
    (alert,) = [alert for alert in all_alerts() if alert.name == "wrong_passwords"]
    attempts = int(alert.threshold) + 2
    with serving(settings, tmp_path, workers=1) as (served, process):
        for number in range(attempts):
            connection = http.client.HTTPConnection(
                urlsplit(served.web.public_base_url).netloc,
                timeout=60,
                source_address=(f"127.0.1.{number + 1}", 0),
            )
            connection.request("GET", "/console", headers={"Authorization": "Bearer wrong"})
            assert connection.getresponse().status == 401
            connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0

    log = (tmp_path / "web.log").read_text()
    assert "wrong passwords were shown: 1 x at /console" in log
    assert "127.0.1." not in log
    with psycopg.connect(database_url) as records:
        found = [(one.subject, one.value) for one in find(records, alert)]
    assert found == [("/console", attempts)]
