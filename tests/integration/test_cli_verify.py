"""`textcrew verify` finds each broken promise, and nothing where all are kept."""

import json
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest

from bot.verification.promises import PROMISES
from tests.integration.operations_stage import USER, OperationsStage

BREAKING = {
    "messages_end": "UPDATE request SET closed_at = NULL, status = 'working'",
    "answers_go_out": "UPDATE outbox SET state = 'queued'",
    "nothing_twice": "INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body,"
    " state) SELECT user_id, request_id, kind, 'another', part, parts, body, state FROM outbox",
    "jobs_have_workers": "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
    " VALUES ('build', 'run_build', 'doing')",
    "builds_go_on": "UPDATE build SET status = 'running', ended_at = NULL",
    "agents_have_builds": "UPDATE agent SET terminated_at = NULL",
    "links_lead_somewhere": "UPDATE project SET current_version = 2",
    "words_are_kept": "UPDATE requirement SET met_in = '{1, 7}'",
    "budgets_are_the_ledger": "UPDATE budget_account SET spent = spent + 1",
    "reservations_have_calls": "INSERT INTO budget_reservation (accounts, amount, expires_at)"
    " VALUES ('{total:2026-01-01}', 1, now() - interval '1 hour')",
    "goodbyes_end": "UPDATE contact SET forgotten_request_id = request_id FROM request",
    "nothing_comes_back": "INSERT INTO forgotten_user (address_key) VALUES ('the key')",
    "no_strangers": "UPDATE model_call SET user_id = 'a stranger'",
}


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    """What a finished build has left, an hour ago."""
    stage = OperationsStage(database_url, settings_environment)
    request_id = stage.request(age="1 hour", closed=True)
    stage.call(request_id, cost="0.25", age="1 hour")
    stage.message(request_id, "delivered", age="1 hour")
    rows = {"user": USER, "request": request_id, "project": uuid4(), "account": str(request_id)}
    for statement in (
        "UPDATE contact SET address_key = 'the key'",
        "UPDATE request SET status = 'completed', work_ended_at = now() - interval '1 hour',"
        " closed_at = now() - interval '1 hour'",
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted, received_at)"
        " VALUES ('SM1', %(request)s, %(user)s, 'text', 'x', '', now() - interval '1 hour')",
        "INSERT INTO project (project_id, user_id, title, site_token, current_version)"
        " VALUES (%(project)s, %(user)s, 'A counter', 'token', 1)",
        "INSERT INTO version (project_id, number, request_id, version_token, manifest)"
        " VALUES (%(project)s, 1, %(request)s, 'token', '')",
        "INSERT INTO build"
        " (request_id, project_id, user_id, request_text, status, created_at, ended_at)"
        " VALUES (%(request)s, %(project)s, %(user)s, 'x', 'completed', now() - interval '1 hour',"
        " now() - interval '1 hour')",
        "INSERT INTO requirement (project_id, number, build_id, request_id, source, kind, words,"
        " met_in) SELECT project_id, 1, build_id, request_id, 'message', 'does', 'x', '{1}'"
        " FROM build",
        "INSERT INTO agent (agent_id, request_id, user_id, project_id, agent_type, version, state,"
        " model, model_window, working_budget, max_output, warning_percentage, critical_percentage,"
        " continuation_mode, opening, spawned_at, terminated_at)"
        " VALUES ('devops_v1', %(request)s, %(user)s, %(project)s, 'devops', 1, 'terminated', 'm',"
        " 1, 1, 1, 75, 90, 'fresh', '', now() - interval '1 hour', now())",
        "INSERT INTO budget_account (account, user_id, spent)"
        " VALUES ('request:' || %(account)s, %(user)s, 0.25)",
    ):
        stage.connection.execute(statement.encode(), rows)
    yield stage
    stage.connection.close()


def test_a_database_that_keeps_all_promises_is_told_so(stage: OperationsStage) -> None:
    looked = stage.run("verify")

    assert looked.returncode == 0, looked.stdout
    assert looked.stdout.count("holds") == len(PROMISES) + 1
    for promise in PROMISES.values():
        assert promise in looked.stdout


@pytest.mark.parametrize(("promise", "statement"), BREAKING.items(), ids=BREAKING)
def test_each_broken_promise_is_found(stage: OperationsStage, promise: str, statement: str) -> None:
    stage.connection.execute(statement.encode())

    looked = stage.run("verify", "--json")

    assert looked.returncode == 1
    broken = {each["name"]: each["faults"] for each in json.loads(looked.stdout) if each["faults"]}
    assert list(broken) == [promise]
    assert all(fault["id"] and fault["fault"] for fault in broken[promise])


@pytest.mark.lengthy
def test_what_is_young_may_be_on_its_way(stage: OperationsStage) -> None:
    stage.request(age="1 minute")

    assert stage.run("verify").returncode == 0
    looked = stage.run("verify", "--grace", "30s")
    assert looked.returncode == 1
    assert "BROKEN (1)" in looked.stdout


def test_a_job_that_names_somebody_unknown_is_found(stage: OperationsStage) -> None:
    stage.connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, lock)"
        " VALUES ('conversation', 'read_message', 'succeeded', 'words:a stranger')"
    )

    looked = stage.run("verify")

    assert looked.returncode == 1
    assert "a succeeded job read_message names them" in looked.stdout


def test_what_is_held_of_a_days_budget_without_a_call_is_found(stage: OperationsStage) -> None:
    """It is there no more to spend, and nobody would know why."""
    for account, held in (("total:2026-01-01", "1.5"), ("total:2026-01-02", "0.5")):
        stage.connection.execute(
            "INSERT INTO budget_account (account, reserved) VALUES (%s, %s)", [account, held]
        )
    stage.connection.execute(
        "INSERT INTO budget_reservation (accounts, amount, expires_at)"
        " VALUES ('{request:x,total:2026-01-02}', 0.5, now() + interval '1 hour')"
    )

    looked = stage.run("verify", "--json")

    assert looked.returncode == 1
    (broken,) = [each for each in json.loads(looked.stdout) if each["faults"]]
    assert broken["name"] == "reservations_have_calls"
    assert [fault["id"] for fault in broken["faults"]] == ["total:2026-01-01"]


def test_words_beyond_their_retention_are_not_taken_for_the_same(stage: OperationsStage) -> None:
    for _ in range(2):
        stage.message(stage.request(age="1 hour", closed=True), "delivered", age="1 hour")
    stage.connection.execute(
        "UPDATE outbox SET body = '', request_id = (SELECT min(request_id::text)::uuid FROM outbox)"
    )

    assert stage.run("verify").returncode == 0


def test_every_promise_has_a_fault_that_is_tried() -> None:
    assert BREAKING.keys() == {*PROMISES, "no_strangers"}
