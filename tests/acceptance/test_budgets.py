"""Money: a user is asked before most of it is gone, and at the end gets what there is."""

import re
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

import pytest

from bot.model.reckoning import cost_of
from bot.sandbox.twilio.phone.client import Phone
from handoffs.tokens import Usage
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually

STUBBORN = 'Build me a counter [[frontend 9 times: read_file {"path": "no such file.html"}]]'


def has_page(stack: Stack) -> bool:
    return bool(stack.rows("SELECT 1 FROM workspace_file WHERE path = 'index.html'"))


def spend(stack: Stack, usd: str, kind: str = "request") -> None:
    """Let this be spent from the accounts of that kind."""
    eventually(
        lambda: stack.rows(
            "UPDATE budget_account SET spent = %(usd)s WHERE account LIKE %(kind)s RETURNING 1",
            {"usd": usd, "kind": f"{kind}:%"},
        ),
        "there is an account",
    )


def spend_in_design(stack: Stack, phone: Phone, usd: str, kind: str = "request") -> None:
    """Ask for a counter, and let this be spent while it is designed."""
    stack.hold_model("designer")
    phone.say("Build me a counter")
    stack.await_call("designer")
    spend(stack, usd, kind)
    stack.let_go()


def calls_to(stack: Stack, role: str) -> int:
    return sum(call["role"] == role for call in stack.model_calls())


def costs_told(stack: Stack, *types: str) -> dict[str, float] | None:
    """What the roots of the requests of those types tell of their cost, once all have ended."""
    rows = stack.rows(
        "SELECT request_type, (attributes->>'request_cost_usd')::float8 AS cost"
        " FROM request JOIN records USING (trace_id, span_id)"
        " WHERE request_type = ANY (%(types)s)",
        {"types": list(types)},
    )
    costs = {row["request_type"]: row["cost"] for row in rows}
    return costs if costs.keys() == set(types) else None


@pytest.mark.parametrize("answer", ["Continue", "1", "yes"])
def test_at_80_percent_the_user_is_asked_once_and_says_continue(stack: Stack, answer: str) -> None:
    phone = stack.phone()
    spend_in_design(stack, phone, "4.20")
    asked = phone.wait_for(lambda m: "Shall I go on?" in m.body, 30)
    assert re.match(r"This has cost \$4\.\d\d so far\. It may cost up to \$5\.00,", asked.body)
    assert stack.rows("SELECT status, failure FROM build") == [
        {"status": "stopped", "failure": "awaits_answer"}
    ]

    phone.say(answer)
    phone.wait_for(announced, 60, after=asked.position)

    said = [m.body for m in phone.messages() if "Shall I go on?" in m.body]
    assert len(said) == 1
    closed = eventually(lambda: costs_told(stack, "build", "retry"), "both traces are closed")
    (ledger,) = stack.rows("SELECT sum(cost_usd) AS cost FROM model_call")
    assert closed["retry"] > closed["build"] > 0, "the agents but the designer"
    assert sum(closed.values()) == pytest.approx(float(ledger["cost"]))


def test_what_is_added_to_the_yes_at_80_percent_is_made_too(stack: Stack) -> None:
    phone = stack.phone()
    spend_in_design(stack, phone, "4.20")
    asked = phone.wait_for(lambda m: "Shall I go on?" in m.body, 30)
    phone.say("By all means, but change the title to Birds")
    ready = phone.wait_for(announced, 60, after=asked.position)

    assert [m.body for m in phone.messages() if m.body.startswith("Got it, adding that to")]
    with urlopen(link_in(ready)) as answer:
        assert b"<h1>Birds</h1>" in answer.read()
    assert stack.rows(
        "SELECT applied_at < work_ended_at AS is_read, work_ended_at = ended_at AS ends_with_it"
        " FROM change_request JOIN request USING (request_id) JOIN build USING (build_id)"
    ) == [{"is_read": True, "ends_with_it": True}]


def test_continue_tapped_once_more_is_over_and_takes_up_nothing_else(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a quiz")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    phone.say("stop")
    phone.wait_for(lambda m: m.body.startswith("Stopped"), 30)
    stack.claude.journal.clear()
    spend_in_design(stack, phone, "4.20")
    asked = phone.wait_for(lambda m: "Shall I go on?" in m.body, 30)

    stack.hold_model()
    phone.tap(asked, "Continue")
    taken_up = phone.wait_for(lambda m: "where I left off" in m.body, 30, after=asked.position)
    phone.tap(asked, "Continue")
    phone.wait_for(lambda m: "I'm already working on" in m.body, 30, after=taken_up.position)
    stack.let_go()
    ready = phone.wait_for(announced, 60, after=asked.position)
    phone.tap(asked, "Continue")
    phone.wait_for(lambda m: "button has expired" in m.body, 30, after=ready.position)
    assert stack.rows("SELECT status FROM build ORDER BY created_at") == [
        {"status": "stopped"},
        {"status": "completed"},
    ]


def change_with_one_queued(stack: Stack, phone: Phone, usd: str, kind: str = "request") -> None:
    """Let this be spent while a change is made that another one waits for."""
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    stack.hold_model("frontend")
    stack.claude.journal.clear()
    phone.say("Change the title to Birds")
    stack.await_call("frontend")
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    spend(stack, usd, kind)
    stack.let_go()


@pytest.mark.parametrize(
    ("usd", "kind", "told"),
    [("4.20", "request", "it may cost up to $5.00"), ("19", "user", "I may spend up to $20.00")],
)
def test_at_80_percent_a_build_that_another_waits_for_goes_on_and_its_user_is_told(
    stack: Stack, usd: str, kind: str, told: str
) -> None:
    phone = stack.phone()
    change_with_one_queued(stack, phone, usd, kind)

    notice = phone.wait_for(lambda m: "you have asked for more after" in m.body, 30)
    assert told in notice.body
    made = phone.wait_for(announced, 60, after=notice.position)
    with urlopen(link_in(made)) as answer:
        assert b"Birds" in answer.read()
    spend(stack, "0", kind)
    phone.wait_for(lambda m: "Version 3" in m.body, 60, after=made.position)
    assert sum("asked for more after" in m.body for m in phone.messages()) == 1
    assert not [m for m in phone.messages() if "couldn't finish" in m.body]
    failures = stack.rows("SELECT failure FROM build ORDER BY created_at")
    assert [row["failure"] for row in failures] == [None, None, None]


def test_at_100_percent_who_waits_for_the_next_one_is_promised_no_more_than_that(
    stack: Stack,
) -> None:
    phone = stack.phone()
    change_with_one_queued(stack, phone, "20", "user")

    told = phone.wait_for(lambda m: "can't spend any more on that" in m.body, 30)
    assert "try again" not in told.body
    next_one = phone.wait_for(lambda m: "write *try again*" in m.body, 30, after=told.position)
    spend(stack, "0", "user")
    phone.say("try again")
    made = phone.wait_for(announced, 60, after=next_one.position)
    with urlopen(link_in(made)) as answer:
        assert b"Birds" not in answer.read()


def test_a_build_that_fails_before_the_next_one_begins_promises_no_going_on(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("frontend")
    phone.say(STUBBORN)
    stack.await_call("frontend")
    stack.rows("UPDATE build SET takes_changes = false WHERE status = 'running' RETURNING 1")
    phone.say("Make it green")
    phone.wait_for(lambda m: m.body.startswith("Got it. I'll do that next"), 30)
    stack.let_go()

    told = phone.wait_for(lambda m: "what you asked for after it" in m.body, 60)
    assert "try again" not in told.body
    assert stack.rows("SELECT failure FROM build ORDER BY created_at")[0] == {
        "failure": "AgentStuck"
    }


def test_who_says_stop_at_80_percent_spends_no_more(stack: Stack) -> None:
    phone = stack.phone()
    spend_in_design(stack, phone, "19", "user")
    asked = phone.wait_for(lambda m: "for you today" in m.body, 30)
    before = len(stack.model_calls())
    phone.say("status")
    phone.wait_for(lambda m: "waiting for your answer" in m.body, 30)

    phone.say("Stop")
    phone.wait_for(lambda m: "OK, I'll leave it there" in m.body, 30, after=asked.position)

    assert len(stack.model_calls()) == before
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]


def test_nobody_is_waited_for_once_the_app_has_come_out_otherwise(stack: Stack) -> None:
    phone = stack.phone()
    spend_in_design(stack, phone, "4.20")
    asked = phone.wait_for(lambda m: "Shall I go on?" in m.body, 30)
    phone.say("Change the title to Birds")
    ready = phone.wait_for(announced, 60, after=asked.position)

    phone.say("status")
    phone.wait_for(lambda m: m.body.startswith("Nothing is being built"), 30, after=ready.position)


def test_of_the_total_nobody_is_asked(stack: Stack) -> None:
    phone = stack.phone()
    spend_in_design(stack, phone, "190", "total")
    phone.wait_for(announced, 60)
    assert not [m for m in phone.messages() if "Shall I go on?" in m.body]


def test_at_100_percent_a_first_version_goes_out_and_is_called_unfinished(stack: Stack) -> None:
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say("Build me a counter, step by step")
    stack.await_call("frontend", turn=3)
    assert has_page(stack)
    spend(stack, "5.00")
    stack.let_go()

    told = phone.wait_for(lambda m: "one request may cost" in m.body, 30)

    assert "unfinished and not tested" in told.body
    with urlopen(link_in(told)) as answer:
        assert b"<h1>" in answer.read()
    assert stack.rows("SELECT status, failure FROM build") == [
        {"status": "failed", "failure": "BudgetExhausted"}
    ]
    spend(stack, "0")
    phone.say("try again")
    phone.wait_for(lambda m: announced(m) and "unfinished" not in m.body, 60, after=told.position)


@pytest.mark.parametrize(
    ("asked", "news"),
    [
        ("a poll", "*data* gives you a link that opens the app as its owner."),
        ("a home page for my bakery, with opening hours", "- the address"),
    ],
)
def test_at_100_percent_a_first_version_comes_with_what_its_owner_has_to_know(
    stack: Stack, asked: str, news: str
) -> None:
    stack.hold_model("frontend", after_turns=2)
    phone = stack.phone()
    phone.say(f"Build me {asked}, step by step")
    stack.await_call("frontend", turn=3)
    assert has_page(stack)
    spend(stack, "5.00")
    stack.let_go()

    told = phone.wait_for(lambda m: "one request may cost" in m.body, 30)
    assert "unfinished and not tested" in told.body
    assert news in told.body

    phone.say("Change the title to Lunch")
    changed = phone.wait_for(announced, 60, after=told.position)
    assert news not in changed.body


def test_at_100_percent_nothing_goes_out_that_a_build_had_left_which_failed(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(
        "Build me a counter, step by step"
        ' [[frontend afterwards 9 times: read_file {"path": "no such file.html"}]]'
    )
    stuck = phone.wait_for(lambda m: "same problem three times" in m.body, 60)
    assert has_page(stack)
    stack.hold_model("orchestrator")
    stack.claude.journal.clear()
    phone.say("Make it a timer")
    stack.await_call("orchestrator")
    spend(stack, "5.00")
    stack.let_go()

    told = phone.wait_for(lambda m: "one request may cost" in m.body, 30, after=stuck.position)
    assert "online" not in told.body
    assert not stack.rows("SELECT 1 FROM project WHERE current_version IS NOT NULL")


def test_at_100_percent_a_finished_version_stays_online(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    first = phone.wait_for(announced, 60)
    link = link_in(first)
    with urlopen(link) as answer:
        before = answer.read()
    stack.hold_model("frontend", after_turns=1)
    stack.claude.journal.clear()
    phone.say("Change the title to Birds and add dark mode, step by step")
    stack.await_call("frontend", turn=2)
    spend(stack, "5.00")
    stack.let_go()

    told = phone.wait_for(lambda m: "one request may cost" in m.body, 30, after=first.position)

    assert "online" not in told.body
    with urlopen(link) as answer:
        assert answer.read() == before


def test_who_is_asked_about_a_change_reads_that_their_app_stays_as_it_is(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    stack.hold_model("frontend")
    stack.claude.journal.clear()
    phone.say("Change the title to Birds")
    stack.await_call("frontend")
    spend(stack, "4.20")
    stack.let_go()

    asked = phone.wait_for(lambda m: "Shall I go on?" in m.body, 30)
    assert asked.body.endswith("If I come to the limit I stop, and your app stays as it is.")


def test_the_same_error_three_times_in_a_row_ends_the_loop(stack: Stack) -> None:
    phone = stack.phone()
    phone.say(STUBBORN)
    stuck = phone.wait_for(lambda m: "same problem three times" in m.body, 60)
    assert calls_to(stack, "frontend") == 3
    assert stack.rows("SELECT status, failure FROM build") == [
        {"status": "failed", "failure": "AgentStuck"}
    ]

    phone.say("try again")
    phone.wait_for(lambda m: "same problem three times" in m.body, 60, after=stuck.position)
    assert calls_to(stack, "frontend") == 6


def test_ledger_accounts_and_the_models_own_bill_agree(stack: Stack) -> None:
    stack.fail_model("overloaded_mid_stream", "designer")
    phone = stack.phone()
    phone.say("Build me a todo app")
    phone.wait_for(announced, 60)

    billed = sum(
        (
            cost_of(call["model"], usage_of(call["usage"]))
            for call in stack.model_calls()
            if call["fault"] is None
        ),
        Decimal(0),
    )
    broken = stack.rows(
        "SELECT sum(cost_usd) AS cost FROM model_call WHERE outcome = 'APIStatusError'"
    )
    (ledger,) = stack.rows("SELECT sum(cost_usd) AS cost FROM model_call")
    accounts = stack.rows(
        "SELECT split_part(account, ':', 1) AS kind, sum(spent) AS spent, sum(reserved) AS reserved"
        " FROM budget_account GROUP BY kind ORDER BY kind"
    )
    assert ledger["cost"] == billed + (broken[0]["cost"] or 0)
    assert accounts == [
        {"kind": kind, "spent": ledger["cost"], "reserved": 0}
        for kind in ("request", "total", "user")
    ]


def usage_of(billed: dict[str, Any]) -> Usage:
    """What the stand-in has billed for one call."""
    return Usage(
        input_tokens=billed["input_tokens"],
        output_tokens=billed["output_tokens"],
        cache_creation_tokens=billed["cache_creation_input_tokens"],
        cache_read_tokens=billed["cache_read_input_tokens"],
    )
