"""Scenarios run on the whole system; see `stack.py`."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack
from tests.databases import database_copy
from tests.otlp_receiver import OtlpReceiver, otlp_receiver

LENDER = pytest.StashKey[Lender]()


@pytest.fixture(scope="session")
def lender(
    request: pytest.FixtureRequest,
    server_url: str,
    template_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lender]:
    """Who keeps running systems from one test to the next."""
    lender = Lender(partial(database_copy, server_url), tmp_path_factory.mktemp("logs"))
    request.session.stash[LENDER] = lender
    yield lender
    lender.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Stop what is kept before tests that have no use for it: idle, it still takes computing.

    In a random order the next scenario may follow at once, and starting costs more.
    """
    lender = item.session.stash.get(LENDER, None)
    is_ordered = not item.config.getoption("random_order_enabled")
    if lender and nextitem and is_ordered and nextitem.path.parent != item.path.parent:
        lender.close()


@pytest.fixture
def stack_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """What is set otherwise than `Stack` does; for a file to say.

    Where a test asks for a receiver, the system reports to it.
    """
    if "receiver" not in request.fixturenames:
        return {}
    receiver: OtlpReceiver = request.getfixturevalue("receiver")
    return receiver.environment()


@pytest.fixture
def stack(lender: Lender, stack_settings: dict[str, str]) -> Iterator[Stack]:
    """The whole system, without anybody else in it."""
    with lender.lend(stack_settings) as whole:
        yield whole


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    """An OTLP backend that keeps what it is sent."""
    with otlp_receiver() as listening:
        yield listening
