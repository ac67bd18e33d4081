"""What is old is removed, and a user goes on with their app as if nothing had happened.

The database is made a year older; what is kept is counted by its clock.
"""

from urllib.request import urlopen

import psycopg

from bot.retention.kinds import KINDS
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.ageing import make_older

A_YEAR = 365  # days


def all_is_closed(stack: Stack) -> bool:
    return not stack.rows("SELECT FROM request WHERE closed_at IS NULL")


def remove_what_is_old(stack: Stack) -> None:
    jobs = []
    for kind in KINDS:
        (job,) = stack.rows(
            "SELECT enqueue_job('maintenance', %(task)s, %(task)s,"
            " jsonb_build_object('timestamp', extract(epoch FROM now())::bigint)) AS id",
            {"task": f"remove_{kind}"},
        )
        jobs.append(job["id"])
    done = "SELECT FROM procrastinate_jobs WHERE id = ANY (%(jobs)s) AND status = 'succeeded'"
    eventually(
        lambda: len(stack.rows(done, {"jobs": jobs})) == len(jobs), "the removing tasks have run"
    )


def how_many(stack: Stack, what: str) -> int:
    (row,) = stack.rows(f"SELECT count(*) AS rows FROM {what}")
    return int(row["rows"])


def test_an_app_is_changed_and_undone_after_everything_old_was_removed(
    stack: Stack,
) -> None:
    phone = stack.phone()
    phone.say("Build me a todo app with modern UI")
    first = phone.wait_for(announced, 60)
    link = link_in(first)
    with urlopen(link) as answer:
        before = answer.read()
    ids = stack.rows("SELECT message_sid FROM inbound_message")
    assert how_many(stack, "turn") > 0

    eventually(lambda: all_is_closed(stack), "all is closed")
    with psycopg.connect(stack.database_url) as connection:
        make_older(connection, A_YEAR)
    remove_what_is_old(stack)

    for gone in (
        "turn",
        "agent WHERE opening <> '[]'",
        "media",
        "outbox WHERE body <> '' OR choices IS NOT NULL",
        "inbound_message WHERE fields_encrypted <> ''::bytea",
        "budget_account WHERE account LIKE 'user:%%' OR account LIKE 'total:%%'",
    ):
        assert how_many(stack, gone) == 0, gone
    assert stack.rows("SELECT message_sid FROM inbound_message") == ids
    (request_text,) = stack.rows("SELECT body FROM inbound_message")
    assert request_text["body"] == "Build me a todo app with modern UI"
    with urlopen(link) as answer:
        assert answer.read() == before

    phone.say("Change the title to Groceries")
    second = phone.wait_for(lambda m: "Version 2" in m.body, 60, after=first.position)
    with urlopen(link) as answer:
        assert b"Groceries" in answer.read()
    phone.say("undo")
    phone.wait_for(lambda m: "is at version 1 now" in m.body, 30, after=second.position)
    with urlopen(link) as answer:
        assert answer.read() == before
    eventually(
        lambda: stack.rows(
            "SELECT FROM records WHERE span_name = 'periodic_task'"
            " AND attributes ->> 'task_name' = 'remove_turns'"
            " AND (attributes ->> 'rows_removed')::int > 0"
        ),
        "what was removed is counted",
    )


def test_a_running_build_keeps_what_its_agents_said(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("frontend")
    phone.say("Build me a counter")
    eventually(lambda: how_many(stack, "turn") > 0, "an agent has answered")
    said = stack.rows("SELECT agent_id, number FROM turn")
    stack.rows(
        "UPDATE turn SET answered_at = answered_at - %(days)s * interval '1 day' RETURNING 1",
        {"days": A_YEAR},
    )

    remove_what_is_old(stack)

    assert how_many(stack, "build WHERE status = 'running'") == 1
    left = stack.rows("SELECT agent_id, number FROM turn")
    assert all(turn in left for turn in said)
    stack.let_go()
    phone.wait_for(announced, 90)


def test_a_stopped_build_is_kept_for_a_while_and_then_given_up(stack: Stack) -> None:
    phone = stack.phone()
    stack.hold_model("frontend")
    phone.say("Build me a counter")
    eventually(lambda: how_many(stack, "agent WHERE agent_type = 'frontend'") == 1, "it is built")
    phone.say("stop")
    eventually(lambda: how_many(stack, "build WHERE status = 'stopped'") == 1, "it has stopped")
    eventually(lambda: all_is_closed(stack), "all is closed")
    stack.let_go()
    remove_what_is_old(stack)
    assert how_many(stack, "turn") > 0

    with psycopg.connect(stack.database_url) as connection:
        make_older(connection, A_YEAR)
    remove_what_is_old(stack)

    assert how_many(stack, "turn") == 0
    phone.say("try again")
    answer = phone.wait_for(lambda m: "too long ago" in m.body, 30)
    assert "start fresh" in answer.body
    assert how_many(stack, "build WHERE status = 'stopped'") == 1
    phone.say("Build me a counter")
    phone.wait_for(announced, 90, after=answer.position)
