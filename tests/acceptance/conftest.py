"""Scenarios run on the whole system; see `stack.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.stack import Stack


@pytest.fixture
def stack(database_url: str, tmp_path: Path) -> Iterator[Stack]:
    """The whole system, with a database of the test's own."""
    whole = Stack(database_url, tmp_path / "logs")
    try:
        yield whole.start()
    finally:
        whole.stop()
