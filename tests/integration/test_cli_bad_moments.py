"""Commands at bad moments: a schema of another release, a role without rights, an act too late."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.operations_stage import USER, OperationsStage


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


def job(stage: OperationsStage, status: str, *, lock: str = "reconcile") -> int:
    ((job_id,),) = stage.connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status)"
        " VALUES ('maintenance', 'reconcile', %s, %s, '{}', 'todo') RETURNING id",
        [lock, lock],
    ).fetchall()
    stage.connection.execute(
        "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s",
        [status, job_id],
    )
    return int(job_id)


def test_a_job_that_is_queued_again_is_told_as_json(stage: OperationsStage) -> None:
    failed = job(stage, "failed")
    done = stage.run("jobs", "--retry", str(failed), "--reason", "x", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_a_failed_periodic_job_whose_next_run_waits_is_not_queued_again(
    stage: OperationsStage,
) -> None:
    failed = job(stage, "failed")
    job(stage, "todo")
    done = stage.run("jobs", "--retry", str(failed), "--reason", "x")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"The next run of job {failed} is queued already.")


def test_an_export_that_is_not_written_is_not_on_record(
    stage: OperationsStage, tmp_path: Path
) -> None:
    stage.connection.execute(
        "INSERT INTO project (user_id, title, site_token, current_version)"
        " VALUES (%s, 'P', 'x', 1)",
        [USER],
    )
    stage.connection.execute(
        "INSERT INTO version (project_id, number, request_id, version_token, manifest)"
        " SELECT project_id, 1, gen_random_uuid(), 'v', 'm' FROM project"
    )
    stage.connection.execute(
        "INSERT INTO blob (project_id, sha256, content) SELECT project_id, 'h', 'c' FROM project"
    )
    stage.connection.execute(
        "INSERT INTO version_file (project_id, number, path, sha256, size, lines)"
        " SELECT project_id, 1, 'index.html', 'h', 1, 1 FROM project"
    )
    for where in (tmp_path / "nowhere" / "x.zip", tmp_path, tmp_path / "there.zip"):
        (tmp_path / "there.zip").write_text("there")
        done = stage.run("export-user", USER, "--output", str(where))
        assert done.returncode == 1, done
        assert "Traceback" not in done.stderr, done.stderr
    assert stage.json("audit-log", "--action", "export") == []


@pytest.mark.parametrize(
    "spoil",
    [
        "DROP FUNCTION was_paused CASCADE",
        "ALTER TABLE pause RENAME COLUMN since TO began",
        "ALTER TABLE sending_halt DROP COLUMN error_code",
    ],
)
def test_doctor_tells_a_schema_of_another_release(stage: OperationsStage, spoil: str) -> None:
    stage.connection.execute(spoil)
    stage.connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE 'functions.%'")
    done = stage.run("doctor", "--json")
    assert "Traceback" not in done.stderr, done.stderr[-600:]
    assert {one["check"] for one in json.loads(done.stdout) if not one["ok"]} >= {"migrations"}


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["deliveries"],
        ["user", USER],
        ["alerts"],
        ["verify"],
        ["jobs"],
        ["agents"],
        ["cost"],
        ["data"],
        ["audit-log"],
        ["handoffs", "list"],
    ],
)
def test_a_listing_says_in_a_line_that_the_schema_is_of_an_earlier_release(
    stage: OperationsStage, command: list[str]
) -> None:
    for table, column in (
        ("build", "short_of"),
        ("pause", "since"),
        ("outbox", "is_owed"),
        ("contact", "language"),
        ("procrastinate_jobs", "scheduled_at"),
        ("agent", "occupancy"),
        ("model_call", "cost_usd"),
        ("turn", "answered_at"),
        ("build", "waits_until"),
        ("audit", "reason"),
        ("handoff", "size_kb"),
    ):
        stage.connection.execute(f"ALTER TABLE {table} DROP COLUMN {column} CASCADE")
    stage.connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE '0036%'")
    done = stage.run(*command)
    assert "Traceback" not in done.stderr, done.stderr[-300:]


@pytest.mark.parametrize("command", [["status"], ["doctor"]])
def test_a_role_of_the_database_that_may_read_nothing_is_told_in_a_line(
    stage: OperationsStage, command: list[str], database_url: str
) -> None:
    stage.connection.execute("DROP ROLE IF EXISTS may_read_nothing")
    stage.connection.execute("CREATE ROLE may_read_nothing LOGIN PASSWORD 'x'")
    try:
        done = stage.run(
            *command,
            DATABASE_URL=make_conninfo(database_url, user="may_read_nothing", password="x"),
        )
        assert "Traceback" not in done.stderr, done.stderr[-300:]
    finally:
        stage.connection.execute("DROP OWNED BY may_read_nothing; DROP ROLE may_read_nothing")


def test_the_cookbook_is_listed_as_json(stage: OperationsStage) -> None:
    listed = stage.run("query", "--list", "--json")
    assert json.loads(listed.stdout)


def test_doctor_says_of_a_database_that_is_too_old_that_it_is(stage: OperationsStage) -> None:
    stage.connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE '0001.baseline%'")
    done = stage.run("doctor", "--json")
    (told,) = [one for one in json.loads(done.stdout) if one["check"] == "migrations"]
    assert "empty" in told["seen"] + told["remedy"], told
