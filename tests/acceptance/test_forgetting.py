"""Forget me: asked back once, then nothing of the user is left in any table."""

import asyncio

import pytest

from bot.sandbox.twilio.faults import TwilioFault
from bot.sandbox.twilio.phone.client import MessageNotDelivered, Phone
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, answers, eventually
from tests.acceptance.test_media import show

CANARY = "quizzaciously"


def traces_of(stack: Stack, *needles: str) -> list[str]:
    """The tables outside telemetry's own that hold one of these texts, binary columns included."""
    tables = stack.rows(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    return [
        table["table_name"]
        for table in tables
        if any(
            needle in str({k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()})
            for row in stack.rows(f'SELECT * FROM public."{table["table_name"]}"')
            for needle in needles
        )
    ]


def forgotten(stack: Stack, phone: Phone) -> None:
    asked = phone.wait_for(lambda m: "It cannot be undone. Shall I?" in m.body, 30)
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)


def test_nothing_is_left_in_any_table(stack: Stack) -> None:
    phone, other = stack.phone("+15550001111"), stack.phone()
    phone.say(f'Build me a page called "{CANARY}"')
    link = phone.wait_for(announced, 60)
    other.say("Build me a counter")
    other.wait_for(announced, 60)
    (user,) = stack.rows("SELECT user_id FROM project WHERE title = %(title)s", {"title": CANARY})
    assert {"inbound_message", "project"} <= set(traces_of(stack, CANARY, user["user_id"]))
    calls = len(stack.model_calls())

    for words in ("status", "stop"):
        phone.say(words)
        phone.wait_for(lambda m: m.body.startswith("Nothing is being built"), 30)
    phone.say("Forget me!")
    forgotten(stack, phone)

    eventually(
        lambda: not traces_of(stack, CANARY, user["user_id"], "15550001111"),
        "nothing is left",
        seconds=60,
    )
    assert len(stack.model_calls()) == calls
    assert not stack.rows(
        "SELECT 1 FROM contact WHERE user_id = %(user_id)s", {"user_id": user["user_id"]}
    )
    assert not answers(link_in(link))
    assert stack.rows("SELECT title FROM project") == [{"title": "Counter"}]


def test_it_is_asked_first_and_may_be_declined(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    phone.say("delete everything")
    asked = phone.wait_for(lambda m: "It cannot be undone. Shall I?" in m.body, 30)
    phone.tap(asked, "Keep everything")
    phone.wait_for(lambda m: "nothing was deleted" in m.body, 30)
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Shall I?" in m.body, 30, after=asked.position)

    assert len(stack.rows("SELECT 1 FROM project")) == 1


def test_who_is_forgotten_in_the_middle_of_a_build_hears_nothing_more(stack: Stack) -> None:
    stack.hold_model("designer")
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(lambda m: "I'll text you" in m.body, 60)
    stack.await_call("designer")
    phone.say("forget me")
    forgotten(stack, phone)

    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
    assert [m.body for m in phone.messages() if m.direction == "outbound"][-1].endswith("Goodbye!")


def test_who_is_forgotten_while_a_picture_goes_out_and_an_export_is_made_leaves_neither(
    stack: Stack,
) -> None:
    phone = stack.phone("+15550001111")
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    phone.say("forget me")
    asked = phone.wait_for(lambda m: "It cannot be undone. Shall I?" in m.body, 30)
    (user,) = stack.rows(
        "SELECT user_id, request_id FROM request ORDER BY accepted_at DESC LIMIT 1"
    )
    stack.twilio.broker.faults.add([TwilioFault(containing="Look", hang_seconds=2)])
    asyncio.run(show(stack, user["user_id"], user["request_id"]))
    eventually(lambda: stack.rows("SELECT FROM outbox WHERE state = 'sending'"), "it goes out")
    phone.say("export")
    phone.tap(asked, "Delete everything")
    phone.wait_for(lambda m: "Goodbye!" in m.body, 30)

    eventually(
        lambda: not traces_of(stack, user["user_id"], "15550001111"), "nothing is left", seconds=60
    )
    assert stack.rows("SELECT FROM media") == []
    assert "taken over" not in stack.logs.news().get("worker", "")


def test_a_goodbye_that_cannot_be_said_for_a_day_is_given_up_and_its_trace_ends(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("forget me")
    phone.wait_for(lambda m: "It cannot be undone. Shall I?" in m.body, 30)
    stack.rows("INSERT INTO pause VALUES ('sending', now(), 'kim', 'a storm') RETURNING 1")
    phone.say("delete everything")
    goodbye = "SELECT trace_id FROM outbox JOIN request USING (request_id) WHERE kind = 'forgotten'"
    (request,) = eventually(lambda: stack.rows(goodbye), "it is to be sent")
    stack.rows("UPDATE outbox SET created_at = created_at - interval '25 hours' RETURNING 1")

    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
    root = "SELECT FROM records WHERE span_name = 'user_request' AND trace_id = %(trace_id)s"
    eventually(lambda: stack.rows(root, request), "its trace ends")


def test_catching_up_brings_nothing_back_that_was_sent_before(stack: Stack) -> None:
    phone, other = stack.phone(), stack.phone()
    phone.say("My name is Rosa and I always want dark mode.")
    eventually(lambda: stack.rows("SELECT 1 FROM remembered"), "their name is remembered")
    phone.say("forget me")
    forgotten(stack, phone)
    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)
    heard = len(phone.messages())

    assert stack.reconcile() == "Nothing is missing."

    stack.disturb().kill("web")
    with pytest.raises(MessageNotDelivered):
        other.say("help")
    stack.start_web()
    assert stack.reconcile() == "1 taken in."
    other.wait_for(lambda m: "*stop*" in m.body, 30)
    assert len(phone.messages()) == heard
    assert traces_of(stack, "Rosa") == []


def test_who_was_forgotten_is_noted_for_a_year_and_what_they_had_spent_for_the_day(
    stack: Stack,
) -> None:
    stack.rows(
        "INSERT INTO forgotten_user VALUES ('a', now() - interval '366 days'),"
        " ('b', now() - interval '364 days') RETURNING 1"
    )
    stack.rows(
        "WITH accounts AS (INSERT INTO budget_account (account)"
        " SELECT 'user:' || n || ':' || (now() AT TIME ZONE 'UTC')::date - n"
        " FROM generate_series(0, 1) AS ago (n) RETURNING account)"
        " INSERT INTO forgotten_user SELECT account, now(), account FROM accounts RETURNING 1"
    )
    stack.rows("SELECT enqueue_job('maintenance', 'drop_goodbyes', 'drop', '{\"timestamp\": 0}')")
    left = "SELECT address_key FROM forgotten_user WHERE address_key < 'c'"
    eventually(lambda: stack.rows(left) == [{"address_key": "b"}], "the older note is gone")
    accounts = stack.rows("SELECT account FROM budget_account")
    assert accounts == [{"account": f"user:0:{today(stack)}"}]
    assert stack.rows("SELECT spent_in AS account FROM forgotten_user WHERE spent_in > ''") == (
        accounts
    )


def test_who_writes_again_is_somebody_new(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("My name is Rosa and I always want dark mode.")
    eventually(lambda: stack.rows("SELECT 1 FROM remembered"), "their name is remembered")
    phone.say("forget me")
    forgotten(stack, phone)
    phone.say("Build me a counter")

    phone.wait_for(announced, 60)
    eventually(
        lambda: not stack.rows("SELECT 1 FROM contact WHERE forgotten_request_id IS NOT NULL"),
        "they are forgotten",
        seconds=60,
    )
    assert stack.rows("SELECT request_type FROM request") == [{"request_type": "build"}]
    assert traces_of(stack, "Rosa") == []


def test_who_comes_back_is_somebody_new_with_what_was_left_of_the_day(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    (was,) = stack.rows("SELECT user_id FROM contact")
    stack.rows("UPDATE budget_account SET spent = 19.99 WHERE account LIKE 'user:%' RETURNING 1")
    phone.say("forget me")
    forgotten(stack, phone)
    eventually(lambda: not stack.rows("SELECT 1 FROM contact"), "they are forgotten", seconds=60)

    phone.say("Build me a poll")

    phone.wait_for(lambda m: "I have spent $19.99 for you today" in m.body, 60)
    (now,) = stack.rows("SELECT user_id FROM contact")
    assert now != was
    assert traces_of(stack, was["user_id"]) == []
    assert stack.rows("SELECT account, round(spent) AS usd FROM budget_account"
                      " WHERE account LIKE 'user:%'") == [
        {"account": f"user:{now['user_id']}:{today(stack)}", "usd": 20}
    ]  # fmt: skip


def today(stack: Stack) -> str:
    (row,) = stack.rows("SELECT (now() AT TIME ZONE 'UTC')::date::text AS day")
    return str(row["day"])


def test_what_was_written_before_the_question_was_there_to_read_is_no_answer_to_it(
    stack: Stack,
) -> None:
    hasty, impatient = stack.phone(), stack.phone()
    stack.disturb().kill("worker")
    for phone, texts in (
        (hasty, ("forget me", "delete everything")),
        (impatient, ("stop", "stop")),
    ):
        for text in texts:
            phone.say(text)
    stack.start_worker()
    eventually(
        lambda: not stack.rows("SELECT FROM request WHERE closed_at IS NULL"),
        "all four are read",
        seconds=60,
    )

    heard = [m.body for m in hasty.messages() if m.direction == "outbound"]
    assert not any("Goodbye!" in body for body in heard)
    assert stack.rows("SELECT count(*) AS n FROM contact WHERE suppressed_at IS NULL") == [{"n": 2}]
    forgotten(stack, hasty)
    impatient.say("stop")
    impatient.wait_for(lambda m: m.body.startswith("You get no more messages"), 30)
