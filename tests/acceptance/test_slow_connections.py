"""Who holds connections, or keeps the visitors' threads busy, keeps no message waiting.

The system takes this machine for a proxy of its own, since here all come from one address.
"""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from bot.gunicorn_conf import threads
from tests.acceptance.slow_clients import KINDS, PATIENCE, SlowClients, built, webhook
from tests.acceptance.stack import Stack, eventually

pytestmark = pytest.mark.slow  # a request has ten seconds to arrive

SLOW = 300
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def stack_settings() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture
def link(stack: Stack) -> str:
    return built(stack)


def test_three_hundred_slow_connections_keep_no_message_and_no_visitor_waiting(
    stack: Stack, link: str
) -> None:
    send = webhook(stack)
    with SlowClients([stack.public_url, stack.sites_url], SLOW) as slow:
        while not all(slow.ended[kind] >= SLOW / len(KINDS) for kind in KINDS):  # has its deadline
            assert send().status_code == 204
            assert requests.get(link, timeout=PATIENCE).status_code == 200
        assert requests.get(f"{stack.public_url}/ready", timeout=PATIENCE).status_code == 200
        phone = stack.phone()
        phone.say("help")
        phone.wait_for(lambda m: "status" in m.body, 60)
    assert slow.most_at_once == SLOW


def test_visitors_who_keep_all_their_threads_busy_keep_no_message_waiting(
    stack: Stack, link: str
) -> None:
    visitors = 20
    with (
        ThreadPoolExecutor(visitors) as browsers,
        psycopg.connect(stack.database_url) as connection,
        psycopg.connect(stack.database_url, autocommit=True) as looking,
    ):
        connection.execute("LOCK TABLE blob IN ACCESS EXCLUSIVE MODE")
        visits = [browsers.submit(requests.get, link, timeout=120) for _ in range(visitors)]
        eventually(
            lambda: looking.execute(WAITING).fetchall() == [(threads,)],
            "the visitors' threads wait for the files",
        )
        send = webhook(stack)
        assert [send().status_code for _ in range(20)] == [204] * 20
        assert requests.get(f"{stack.public_url}/ready", timeout=PATIENCE).status_code == 200
        assert not any(visit.done() for visit in visits)
        connection.rollback()
        assert [visit.result().status_code for visit in visits] == [200] * visitors
