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


def test_what_became_of_a_message_is_told_last_whichever_clock_is_ahead(stack: Stack) -> None:
    stack.disturb().kill("worker")
    stack.disturb().start("worker", [*WORKER, "7", "bot.cli.main", "worker"])
    phone = stack.phone()
    phone.say("help")
    phone.wait_for(lambda m: "stop" in m.body, 60)

    deliveries = (
        "SELECT attributes ->> 'delivery_status' AS status, duration >= 0 AS is_in_order"
        " FROM records WHERE span_name = 'delivery' ORDER BY end_timestamp"
    )
    eventually(lambda: len(stack.rows(deliveries)) == 2, "the message has arrived")
    assert [row["status"] for row in stack.rows(deliveries)] == ["sent", "delivered"]
    assert all(row["is_in_order"] for row in stack.rows(deliveries))
