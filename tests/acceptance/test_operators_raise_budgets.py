"""Operators raise budgets: what goes on by it, and which question it does not answer."""

from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.operators_stage import (
    NUMBER,
    told,
    unfinished,
)
from tests.acceptance.stack import Stack, announced


def spends_much(stack: Stack, usd: float, account: str) -> Phone:
    """Let a build have spent so much of its user's day, or of its request, before its next call."""
    stack.hold_model("designer")
    phone = stack.phone(NUMBER)
    phone.say("Build me a counter")
    stack.await_call("designer")
    stack.rows(
        "UPDATE budget_account SET spent = %(usd)s WHERE account LIKE %(account)s || ':%%'"
        " RETURNING 1",
        {"usd": usd, "account": account},
    )
    stack.let_go()
    return phone


def test_a_build_that_goes_on_by_a_raised_budget_is_seen_before_it_ends(stack: Stack) -> None:
    phone = spends_much(stack, 19, "user")
    phone.wait_for(lambda message: "for you today" in message.body, 60)

    stack.hold_model("frontend")
    assert told(stack, "raise-budget", NUMBER, "5")["builds"] == 1
    (retry,) = stack.rows("SELECT request_id FROM request WHERE request_type = 'retry'")
    assert str(retry["request_id"]) in unfinished(stack)
    stack.let_go()
    phone.wait_for(announced, 60)


def test_a_users_raised_budget_answers_no_question_about_what_their_request_may_cost(
    stack: Stack,
) -> None:
    phone = spends_much(stack, 3.6, "request")
    asked = phone.wait_for(lambda message: "Shall I go on?" in message.body, 60)
    assert asked.body.startswith("This has cost $3.6")

    assert told(stack, "raise-budget", NUMBER, "5")["builds"] == 0
    assert stack.rows("SELECT status FROM build") == [{"status": "stopped"}]
    phone.say("yes")
    phone.wait_for(announced, 60)


def test_who_has_not_answered_for_their_day_is_still_asked_what_their_request_may_cost(
    stack: Stack,
) -> None:
    phone = spends_much(stack, 19, "user")
    phone.wait_for(lambda message: "for you today" in message.body, 60)

    stack.hold_model("frontend")
    assert told(stack, "raise-budget", NUMBER, "20")["builds"] == 1
    stack.await_call("frontend")
    stack.rows("UPDATE budget_account SET spent = 4.2 WHERE account LIKE 'request:%' RETURNING 1")
    stack.let_go()
    phone.wait_for(lambda message: message.body.startswith("This has cost $4.2"), 60)
    phone.say("yes")
    phone.wait_for(announced, 60)
