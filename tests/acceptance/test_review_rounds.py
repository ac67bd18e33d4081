"""An app is proven before it is called ready; what was found goes back to the same engineer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.phone.client import Phone
from tests.acceptance.stack import Stack, announced

pytestmark = pytest.mark.browser


@pytest.fixture
def stack(database_url: str, tmp_path: Path) -> Iterator[Stack]:
    """The whole system as it is by default: an app is tried in a browser before it is ready."""
    whole = Stack(database_url, tmp_path / "logs", CHECK_APPS="true")
    try:
        yield whole.start()
    finally:
        whole.stop()


def said(phone: Phone) -> list[str]:
    return [m.body for m in phone.messages() if m.direction == "outbound"]


def rounds(stack: Stack) -> list[dict[str, object]]:
    return stack.rows("SELECT outcome, works, blocking, score FROM review_round ORDER BY number")


def agents(stack: Stack) -> list[str]:
    rows = stack.rows(
        "SELECT agent_type || '_v' || version AS name FROM agent ORDER BY spawned_at, version"
    )
    return [row["name"] for row in rows]


def test_a_broken_app_is_mended_by_its_engineer_before_anyone_hears_that_it_is_ready(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a sloppy counter")
    phone.wait_for(announced, 90)

    mending, picture, ready = said(phone)[3:]
    assert "not right yet" in mending
    assert "bug 1" in mending
    assert "on a phone" in picture
    assert "is ready" in ready
    assert [row["outcome"] for row in rounds(stack)] == ["faulty", "passed"]
    assert rounds(stack)[-1]["score"] == 9
    assert agents(stack) == [
        *("orchestrator_v1", "designer_v1", "frontend_v1", "qa_v1", "qa_v2"),
        *("code_reviewer_v1", "devops_v1"),
    ]
