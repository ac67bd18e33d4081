"""A build that hangs is noticed, and goes on in other hands."""

from collections.abc import Iterator

import psycopg
import pytest

from bot.sandbox.claude.faults import ClaudeFault
from telemetry.alerts import all_alerts, find
from tests.acceptance.lending import Lender
from tests.acceptance.stack import Stack, announced, eventually


@pytest.fixture
def impatient(lender: Lender) -> Iterator[Stack]:
    with lender.lend({"BUILD_STALL_SECONDS": "6"}) as stack:
        yield stack


def alert(stack: Stack) -> list[str]:
    """The builds of which the alert tells."""
    (known,) = [each for each in all_alerts() if each.name == "stalled_builds"]
    with psycopg.connect(stack.database_url) as connection:
        return [finding.subject for finding in find(connection, known)]


def hung(stack: Stack) -> int:
    """How many calls hung."""
    return sum(call["fault"] == "hang" for call in stack.model_calls())


def runs(stack: Stack) -> int:
    """How often the build was begun or taken up."""
    (job,) = stack.rows("SELECT attempts FROM procrastinate_jobs WHERE task_name = 'run_build'")
    return int(job["attempts"])


def test_a_build_that_hangs_is_told_once_and_goes_on_in_other_hands(impatient: Stack) -> None:
    stack = impatient
    stack.claude.faults.add([ClaudeFault(fault="hang", role="designer", times=99)])
    phone = stack.phone()
    phone.say("Build me a counter")

    told_of = eventually(lambda: alert(stack), "the alert fires")
    ((build),) = stack.rows("SELECT build_id::text, status FROM build")
    assert build["status"] == "running"
    assert told_of == [build["build_id"]]
    eventually(lambda: hung(stack) > 1, "it hangs in other hands as well")
    stack.claude.faults.clear()
    phone.wait_for(announced, 90)

    assert alert(stack) == []
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 1}]
    said = [m.body for m in phone.messages() if m.direction == "outbound"]
    assert len(said) == len(set(said))
    assert stack.rows("SELECT FROM procrastinate_jobs WHERE status = 'failed'") == []
    log = stack.program("worker").log.read_text()
    told = [line for line in log.splitlines() if "showed no sign of life" in line]
    assert 1 <= len(told) <= runs(stack), "once for each run that hung"
    assert all(build["build_id"] in line for line in told)
