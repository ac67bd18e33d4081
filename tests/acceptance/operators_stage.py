"""What operators do by commands and at the console, and what they are told."""

import getpass
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import psycopg

from bot.sandbox.twilio.phone.client import Phone, PhoneMessage
from tests.acceptance.stack import Stack, eventually
from tests.forked_program import run_forked

NUMBER = "+15550104477"


def textcrew(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_forked(["bot.cli.main", *arguments], stack.environment)


def told(stack: Stack, *arguments: str) -> Any:
    """What a command says with --json that succeeds."""
    done = textcrew(stack, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def acts(stack: Stack) -> list[tuple[str, str]]:
    """What the audit says was done to what, the first first."""
    rows = told(stack, "audit-log")
    assert {row["operator"] for row in rows} <= {getpass.getuser()}
    return [(row["action"], row["subject"]) for row in reversed(rows)]


def request_of(stack: Stack, body: str) -> str:
    (row,) = stack.rows(
        "SELECT request_id FROM inbound_message WHERE body = %(body)s", {"body": body}
    )
    return str(row["request_id"])


def status_of(stack: Stack, request_id: str) -> str:
    (row,) = stack.rows(
        "SELECT status FROM request WHERE request_id = %(id)s::uuid", {"id": request_id}
    )
    return str(row["status"])


def page_of(stack: Stack, request_id: str) -> str:
    """What the console shows of a request."""
    return console(stack, f"/requests/{request_id}")


def console(stack: Stack, path: str) -> str:
    """What the console says there."""
    url = f"{stack.public_url}/console{path}"
    bearer = {"Authorization": f"Bearer {stack.environment['OPERATOR_TOKEN']}"}
    with urlopen(Request(url, headers=bearer)) as answer:
        return str(answer.read(), "utf-8")


def cost_told(stack: Stack, request_id: str) -> float:
    """What a request has cost by its root (USD), once that is there."""
    query = (
        "SELECT (attributes->>'request_cost_usd')::float8 AS cost FROM records"
        " WHERE span_name = 'user_request' AND attributes->>'request_id' = %(id)s"
    )
    (row,) = eventually(lambda: stack.rows(query, {"id": request_id}), "its trace is closed")
    return float(row["cost"])


def unfinished(stack: Stack) -> list[str]:
    """The requests that are open by their traces."""
    return [row["request_id"] for row in told(stack, "query", "unfinished-requests")]


def trace_of(stack: Stack, request_id: str) -> str:
    (row,) = stack.rows(
        "SELECT trace_id FROM request WHERE request_id = %(id)s::uuid", {"id": request_id}
    )
    return str(row["trace_id"])


def heard(phone: Phone) -> list[PhoneMessage]:
    return [message for message in phone.messages() if message.direction == "outbound"]


def has_heard(phone: Phone, count: int) -> bool:
    return len(heard(phone)) == count


def are_stored(stack: Stack, count: int) -> bool:
    """Whether that many messages to users are, beside those that only say that one is heard."""
    return len(stack.rows("SELECT FROM outbox WHERE kind <> 'heard'")) == count


def pass_time(stack: Stack, *, minutes: int) -> None:
    """Let all that was asked and said be so long ago; what is due by then is."""
    with psycopg.connect(stack.database_url) as connection:
        for table, column in (
            ("request", "accepted_at"),
            ("inbound_message", "received_at"),
            ("outbox", "created_at"),
            ("contact", "forget_asked_at"),
            ("question", "asked_at"),
            ("build", "waits_until"),
            ("procrastinate_jobs", "scheduled_at"),
        ):
            connection.execute(
                f"UPDATE {table} SET {column} = {column} - {minutes} * interval '1 minute'".encode()
            )


def have_done(stack: Stack, task: str) -> None:
    """Let a periodic task have its turn, whatever the clock says."""
    queue = "SELECT enqueue_job('maintenance', %(task)s, %(task)s, '{\"timestamp\": 1}') AS id"
    (job,) = stack.rows(queue, {"task": task})
    done = "SELECT FROM procrastinate_jobs WHERE id = %(id)s AND status = 'succeeded'"
    eventually(lambda: stack.rows(done, job), f"{task} has run")


@contextmanager
def being_written(stack: Stack) -> Iterator[tuple[Phone, str]]:
    """A user whose app is being written, and its request."""
    stack.hold_model("frontend")
    phone = stack.phone(NUMBER)
    phone.say("Build me a counter")
    writing = "SELECT FROM agent WHERE agent_type = 'frontend'"
    eventually(lambda: stack.rows(writing), "it is being written")
    yield phone, request_of(stack, "Build me a counter")
    stack.let_go()
