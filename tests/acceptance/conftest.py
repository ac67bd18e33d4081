"""Scenarios run on the whole system; see `stack.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.stack import Stack
from tests.otlp_receiver import OtlpReceiver, otlp_receiver


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """What is set otherwise than `Stack` does; for a file to say."""
    return {}


@pytest.fixture
def stack(database_url: str, tmp_path: Path, stack_settings: dict[str, str]) -> Iterator[Stack]:
    """The whole system, with a database of the test's own."""
    whole = Stack(database_url, tmp_path / "logs", **stack_settings)
    try:
        yield whole.start()
    finally:
        whole.stop()


@pytest.fixture(scope="module")
def shared_stack(
    shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One system for a file: each of its tests is another person."""
    whole = Stack(shared_database_url, tmp_path_factory.mktemp("logs"))
    try:
        yield whole.start()
    finally:
        whole.stop()


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    """An OTLP backend that keeps what it is sent."""
    with otlp_receiver() as listening:
        yield listening
