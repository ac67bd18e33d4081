"""Traces, logs and metrics in a database of their own: users' messages never wait for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from logfire.query_client import LogfireQueryClient
from psycopg import sql

from tests.acceptance.stack import Stack, eventually
from tests.databases import database_in, named
from tests.forked_program import run_forked

ROOTS = "SELECT count(*) FROM records WHERE span_name = 'user_request' AND kind = 'span'"


@pytest.fixture
def stack_settings(shared_database_url: str) -> dict[str, str]:
    return {"RECORDS_DATABASE_URL": shared_database_url}


def count(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        ((found,),) = connection.execute(query.encode()).fetchall()
    return int(found)


@contextmanager
def away(url: str, server_url: str) -> Iterator[None]:
    """The database lets nobody in, and whoever was in is out."""
    name = database_in(url)
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(named(server_url, "postgres"), autocommit=True) as connection:
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def run(stack: Stack, *command: str) -> str:
    return run_forked(["bot.cli.main", *command], stack.environment).stdout


def states(stack: Stack) -> dict[str, str]:
    return {line["alert"]: line["state"] for line in json.loads(run(stack, "alerts", "--json"))}


def test_records_live_apart_and_can_go_away(
    stack: Stack, shared_database_url: str, server_url: str
) -> None:
    phone = stack.phone()
    phone.say("help")
    phone.wait_for(lambda message: "stop" in message.body, 60)
    eventually(lambda: count(shared_database_url, ROOTS), "the request's root is kept")

    assert stack.rows("SELECT FROM records_all") == []
    asked = "SELECT DISTINCT span_name FROM records WHERE span_name = 'user_request'"
    assert json.loads(run(stack, "query", asked, "--json")) == [{"span_name": "user_request"}]
    with LogfireQueryClient("acceptance-operator-token", base_url=stack.public_url) as client:
        answer = client.query_json_rows(asked, min_timestamp=datetime.now(UTC) - timedelta(hours=1))
    assert answer["rows"] == [{"span_name": "user_request"}]
    assert states(stack)["error_rate"] == "ok"

    with away(shared_database_url, server_url):
        phone.say("status")
        phone.wait_for(lambda message: "building" in message.body.lower(), 60)
        seen = states(stack)
        assert (seen["error_rate"], seen["undelivered_messages"]) == ("BLIND", "ok")
        assert "Mend what RECORDS_DATABASE_URL names first." in run(stack, "doctor")
        stack.rows(
            "SELECT enqueue_job('maintenance', 'keep_records', 'a look', '{\"timestamp\": 0}')"
        )
        over = "SELECT status FROM procrastinate_jobs WHERE lock = 'a look' AND status <> 'todo'"
        (job,) = eventually(lambda: stack.rows(f"{over} AND status <> 'doing'"), "it is over")
        assert job["status"] == "succeeded", "the next run removes what is old"

    eventually(lambda: count(shared_database_url, ROOTS) == 2, "what was kept back is kept now")


def test_migrate_brings_their_database_along(stack: Stack, empty_database_url: str) -> None:
    stack.environment["RECORDS_DATABASE_URL"] = empty_database_url
    assert "their database lacks tables" in run(stack, "doctor")

    told = run(stack, "migrate").splitlines()

    assert told[0] == "The database is up to date."
    assert "applied 0001.baseline.9.records" in told
    assert "in a database of their own" in run(stack, "doctor")
    assert "The database of records is up to date." in run(stack, "migrate")
