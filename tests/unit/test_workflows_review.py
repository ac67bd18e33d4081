"""What people are told follows from the evidence, and nothing else."""

from uuid import UUID

import pytest

from bot.checks.report import CHECKS, LOOKED_AT, Finding, Report
from bot.projects.versions import Published
from bot.workflows.review import announcement

VERSION = Published(
    title="Todo",
    number=1,
    request_id=UUID(int=1),
    url="https://x/a/",
    version_url="https://x/b/",
    is_new=True,
)
DEAD = Finding(check="buttons", message="the button “Share” does nothing when it is pressed")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (Report(ran=LOOKED_AT), "is ready"),
        (Report(ran=frozenset(CHECKS)), "is ready"),
        (Report(ran=LOOKED_AT, findings=(DEAD,)), "“Share” does nothing"),
        (Report(ran=LOOKED_AT - {"console"}), "not work as it should"),
        (Report(), "not work as it should"),
        (None, "could not try it"),
    ],
)
def test_only_what_was_seen_to_work_is_called_ready(report: Report | None, said: str) -> None:
    sentence = announcement(VERSION, report)
    assert said in sentence
    assert ("is ready" in sentence) is (report is not None and report.looks_sound)
    assert VERSION.url in sentence
