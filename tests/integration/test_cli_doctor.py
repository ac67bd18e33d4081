"""`textcrew doctor` tells whether the product is at work, and not only whether it is configured."""

import json
import re
from collections.abc import Iterator, Mapping

import psycopg
import pytest

from bot.cli.doctor.database import check_worker, check_writes
from bot.cli.doctor.diagnosis import Diagnosis
from bot.cli.doctor.machine import check_addresses
from bot.cli.doctor.prices import check_prices
from bot.settings.groups import Settings
from tests.databases import refuse_writes
from tests.integration.operations_stage import OperationsStage
from tests.settings import changed, make_settings

BEAT = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)"
UNREAD = (
    "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at)"
    " VALUES ('conversation', 'read_message', now() - interval '5 minutes')"
)

RESUMED = (
    "INSERT INTO audit (operator, action, subject, reason)"
    " VALUES ('kim', 'resume', 'intake', 'the storm is over')"
)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_the_worker_is_told_by_its_signs_of_life(
    connection: psycopg.Connection, settings: Settings
) -> None:
    never = check_worker(settings)
    connection.execute(BEAT, ["2 minutes"])
    dead = check_worker(settings)
    connection.execute(BEAT, ["2 seconds"])
    alive = check_worker(settings)

    assert (never.ok, never.seen) == (False, "no worker has started yet")
    assert (dead.ok, dead.seen) == (False, "no worker has shown a sign of life for 120 s")
    assert never.remedy == dead.remedy == "Run: textcrew worker"
    assert alive.ok


def test_jobs_that_no_worker_takes_are_told(
    connection: psycopg.Connection, settings: Settings
) -> None:
    connection.execute(BEAT, ["2 seconds"])
    connection.execute(UNREAD)
    connection.execute("UPDATE procrastinate_events SET at = now() - interval '5 minutes'")

    neglected = check_worker(settings)
    connection.execute(RESUMED)
    resumed = check_worker(settings)

    assert not neglected.ok
    assert "no worker takes the jobs of conversation" in neglected.seen
    assert resumed.ok, "they have just been let go on"


def test_jobs_behind_one_that_is_due_later_are_not_neglected(
    connection: psycopg.Connection, settings: Settings
) -> None:
    connection.execute(BEAT, ["2 seconds"])
    connection.execute(UNREAD)
    connection.execute(UNREAD)
    connection.execute("UPDATE procrastinate_jobs SET lock = 'user:kim'")
    connection.execute("UPDATE procrastinate_events SET at = now() - interval '5 minutes'")
    both_could_run = check_worker(settings)
    connection.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 minute'"
        " WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
    )

    assert not both_could_run.ok
    assert check_worker(settings).ok, "the first is tried again later, the second waits for it"


def test_a_write_is_tried_and_leaves_nothing(
    connection: psycopg.Connection, settings: Settings
) -> None:
    assert check_writes(settings).ok
    assert connection.execute("SELECT FROM write_trial").fetchone() is None


def test_without_tables_neither_is_known(
    connection: psycopg.Connection, settings: Settings
) -> None:
    connection.execute("DROP TABLE procrastinate_workers, write_trial CASCADE")

    assert check_worker(settings).seen == "the database does not tell"
    assert not check_writes(settings).ok


@pytest.mark.parametrize(
    ("public", "sites", "shared"),
    [
        ("https://bot.example.com", "https://*.apps.example.com", "example.com"),
        ("https://example.com", "https://apps.example.com", "example.com"),
        ("https://example.com", "https://example.com:8443", "example.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8001", "127.0.0.1"),
        ("https://bot.example.com", "https://*.example-apps.com", None),
        ("https://bot.example.com", "https://example.com.evil.com", None),
        ("http://10.0.0.1", "http://10.1.0.1", None),
    ],
)
def test_apps_whose_cookies_reach_the_product_are_advised_to_move(
    settings: Settings, public: str, sites: str, shared: str | None
) -> None:
    seen = check_addresses(changed(settings, PUBLIC_BASE_URL=public, SITES_BASE_URL=sites))

    assert seen.ok  # it is advice
    assert bool(seen.remedy) is (shared is not None)
    if shared:
        assert f"for {shared}," in seen.seen
        assert "Public Suffix List" in seen.remedy


def test_a_model_that_the_budgets_let_build_nothing_is_told(database_url: str) -> None:
    def look(**environment: str) -> Diagnosis:
        return check_prices(make_settings(DATABASE_URL=database_url, **environment))

    assert look() == Diagnosis(check="prices", ok=True, seen="known for all models")
    newer = look(MODEL="claude-sonnet-6")
    assert newer.ok
    assert newer.seen == "unknown for claude-sonnet-6, which the budgets reckon as dear"
    another = look(MODEL="glm-of-our-own")
    assert not another.ok
    assert another.seen.endswith("and the budgets stop it at $5.00")
    least = re.search(r"REQUEST_BUDGET_USD be at least (\d+)", another.remedy)
    assert least
    for usd, is_enough in ((int(least[1]) - 1, False), (int(least[1]), True)):
        found = look(
            MODEL="glm-of-our-own", REQUEST_BUDGET_USD=str(usd), USER_DAILY_BUDGET_USD=str(usd)
        )
        assert found.ok == is_enough


@pytest.mark.slow  # it starts processes
def test_a_database_that_takes_no_writes_is_told_by_doctor_and_by_what_needs_one(
    connection: psycopg.Connection, database_url: str, settings_environment: Mapping[str, str]
) -> None:
    stage = OperationsStage(database_url, settings_environment)
    stage.connection.close()
    refuse_writes(database_url, refuse=True)

    doctor = stage.run("doctor", "--json")
    paused = stage.run("pause", "sending")

    told = {found["check"]: Diagnosis(**found) for found in json.loads(doctor.stdout)}
    assert told["database"].ok
    assert told["writes"].seen == "the database takes no writes (ReadOnlySqlTransaction)"
    assert told["worker"].seen == "no worker has started yet"
    assert told["sending"].seen == "nothing is halted or paused"
    assert doctor.returncode == paused.returncode == 1
    (sentence,) = paused.stderr.splitlines()
    assert sentence.startswith("textcrew: PostgreSQL takes no writes: cannot execute ")
