"""An app that works and does not look well is polished: whatever becomes of that, it works."""

from urllib.request import urlopen

import pytest

from bot.sandbox.claude.faults import ClaudeFault
from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_budgets import spend
from tests.forked_program import run_forked

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("browser check")]

LOPSIDED = b"zoom: 0.15"  # that the stand-in takes away when it polishes


@pytest.fixture
def stack_settings() -> dict[str, str]:
    """As it is by default: an app is tried in a browser before it is ready."""
    return {"CHECK_APPS": "true"}


def is_polishing(said: str) -> bool:
    return said.startswith("It works. I'm improving how it looks")


def styles(message: PhoneMessage) -> bytes:
    with urlopen(f"{link_in(message)}styles.css") as answer:
        return bytes(answer.read())


def judged(stack: Stack) -> list[tuple[str, bool]]:
    rows = stack.rows(
        "SELECT outcome, wants_polish FROM review_round JOIN build USING (build_id)"
        " ORDER BY created_at, number"
    )
    return [(row["outcome"], row["wants_polish"]) for row in rows]


def said(phone: Phone) -> list[str]:
    return [m.body for m in phone.messages() if m.direction == "outbound"]


def test_a_polish_that_fails_publishes_the_app_as_it_worked(stack: Stack) -> None:
    stack.claude.faults.add([ClaudeFault(fault="refusal", role="frontend", after_turns=1)])
    phone = stack.phone()
    phone.say("Build me a lopsided counter with a sound")
    ready = phone.wait_for(announced, 120)

    assert "is ready" in ready.body
    assert "This I couldn't test here, so please try it yourself:\n- The sound" in ready.body
    assert LOPSIDED in styles(ready)
    assert judged(stack) == [("passed", True), ("passed", False)]
    assert not any("not able" in body or "problem" in body for body in said(phone))


def test_a_polish_goes_on_after_a_stop_and_after_a_crash(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("frontend", after_turns=1)
    phone.say("Build me a lopsided counter")
    phone.wait_for(lambda m: is_polishing(m.body), 120)
    stack.await_calls("frontend", 2)
    phone.say("stop")
    stopped = phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    phone.say("try again")
    stack.await_calls("frontend", 3)
    stack.disturb().kill("worker")
    stack.let_go()
    stack.start_worker("next")
    ready = phone.wait_for(announced, 120, after=stopped.position)

    assert "is ready" in ready.body
    assert LOPSIDED not in styles(ready)
    assert judged(stack) == [("passed", True), ("passed", False)]
    assert len([body for body in said(phone) if is_polishing(body)]) == 1


def spend_in_polish(stack: Stack, phone: Phone, usd: str, *, request: str, turns: int) -> None:
    """Ask for what takes its engineer so many turns, and let this be spent in the one after."""
    stack.claude.journal.clear()
    stack.hold_model("frontend", after_turns=turns)
    phone.say(request)
    eventually(lambda: judged(stack)[-1:] == [("passed", True)], "it is polished", seconds=120)
    stack.await_call("frontend", turn=turns + 1)
    spend(stack, usd)
    stack.let_go()


def test_a_budget_that_runs_short_in_a_polish_publishes_the_app_as_it_worked(stack: Stack) -> None:
    phone = stack.phone()
    spend_in_polish(stack, phone, "4.20", request="Build me a lopsided counter", turns=1)
    first = phone.wait_for(announced, 120)
    assert "*Counter* is ready" in first.body
    assert judged(stack) == [("passed", True), ("faulty", False)], "nobody could judge the polish"

    change = "Add a lopsided clock, step by step"
    spend_in_polish(stack, phone, "5.00", request=change, turns=2)
    second = phone.wait_for(announced, 120, after=first.position)
    assert "Version 2 of *Counter* is ready" in second.body
    assert LOPSIDED in styles(second)
    assert judged(stack)[2:] == [("passed", True), ("passed", False)], "it was broken off"

    assert not any("Shall I go on?" in body or "stopped here" in body for body in said(phone))
    ended = stack.rows("SELECT status FROM build UNION SELECT state FROM agent")
    assert {row["status"] for row in ended} == {"completed", "TERMINATED"}
    asked = stack.rows("SELECT state FROM project, requirements_of(project_id, NULL)")
    assert [row["state"] for row in asked] == ["met", "met"]


@pytest.mark.parametrize(("role", "turns"), [("qa", 0), ("frontend", 1)])
def test_who_is_forgotten_while_it_is_judged_or_polished_hears_nothing_more(
    stack: Stack, role: str, turns: int
) -> None:
    stack.hold_model(role, after_turns=turns)
    phone = stack.phone()
    phone.say("Build me a lopsided counter")
    stack.await_calls(role, turns + 1)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "It cannot be undone" in m.body, 30)
    phone.tap(asked, "Delete everything")
    goodbye = phone.wait_for(lambda m: "Goodbye!" in m.body, 30)
    stack.let_go()
    eventually(lambda: not stack.rows("SELECT FROM contact"), "they are forgotten")
    idle = "SELECT FROM procrastinate_jobs WHERE status = 'doing'"
    eventually(lambda: not stack.rows(idle), "nobody works for them any more")

    left = ("project", "build", "agent", "turn", "review_round", "outbox", "media")
    assert [table for table in left if stack.rows(f"SELECT FROM {table} LIMIT 1")] == []
    done = run_forked(["bot.cli.main", "verify", "--grace", "0s"], stack.environment)
    assert done.returncode == 0, done.stdout
    assert [m.position for m in phone.messages()][-1] == goodbye.position
