"""The database's clock decides: a process whose own is hours wrong does everything in time."""

import re
import sys
from urllib.request import urlopen

import pytest

from tests.acceptance.stack import Stack, announced, eventually

WORKER = [sys.executable, "-m", "tests.wrong_clock"]


@pytest.mark.parametrize("hours_ahead", [-7, 7])
def test_a_worker_whose_clock_is_wrong_builds_and_tells_as_any_other(
    stack: Stack, hours_ahead: int
) -> None:
    stack.disturb().kill("worker")
    stack.disturb().start("worker", [*WORKER, str(hours_ahead), "bot.cli.main", "worker"])
    phone = stack.phone()
    stack.hold_model("designer")
    phone.say("Build me a counter")
    begun = phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stack.await_call("designer")
    phone.say("status")
    status = phone.wait_for(lambda m: "*Counter*" in m.body, 30, after=begun.position)
    assert re.search(r"Next: coding\.( Cost so far: .*)?$", status.body), "no time has passed"
    stack.let_go()
    built = phone.wait_for(announced, 90)

    phone.say("export")
    exported = phone.wait_for(lambda m: "zip file" in m.body, 30, after=built.position)
    (export,) = re.findall(r"http://\S+/e/\S+", exported.body)
    assert urlopen(export).status == 200, "its link has not expired"
    told = stack.rows("SELECT body FROM outbox WHERE kind = 'progress'")
    assert told == [], "no silence was so long that it had to be filled"
    jobs = "SELECT 1 FROM procrastinate_jobs WHERE scheduled_at > now() + interval '1 hour'"
    assert stack.rows(jobs) == []
    eventually(
        lambda: not stack.rows("SELECT 1 FROM request WHERE closed_at IS NULL"), "all is closed"
    )
