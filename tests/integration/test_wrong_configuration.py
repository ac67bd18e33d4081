"""A wrong configuration, as whoever starts a process meets it: one sentence, no traceback."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg import sql

from bot.errors import DatabaseTooOld
from tests.databases import named
from tests.forked_program import ForkedProgram
from tests.integration.web_process import APPLICATION, GUNICORN
from tests.started_anew import Start

pytestmark = pytest.mark.slow  # it starts processes

TEXTCREW = ["bot.cli.main"]
STARTS = {
    "web": [*GUNICORN, "--bind", "127.0.0.1:0", "--log-level", "warning", APPLICATION],
    **{name: [*TEXTCREW, name] for name in ("worker", "migrate", "jobs")},
    "doctor": [*TEXTCREW, "doctor", "--json"],
}


@pytest.fixture
def narrow_url(server_url: str) -> Iterator[str]:
    """A database that knows no encoding."""
    name = "narrow_encoding"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL(
                "CREATE DATABASE {} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
                " TEMPLATE template0"
            ).format(sql.Identifier(name))
        )
        yield named(server_url, name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def said_at_start(
    folder: Path,
    environment: Mapping[str, str],
    changes: Mapping[str, str],
    *,
    start: Start = ForkedProgram,
) -> dict[str, str]:
    """Start everything with this configuration in `.env`; returns what each one says."""
    values = {**environment, **changes}
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    clean = {name: value for name, value in os.environ.items() if name not in values}
    clean |= {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "500"}
    with TemporaryDirectory() as logs:
        started = {
            name: start(command, clean, Path(logs, name), folder=folder)
            for name, command in STARTS.items()
        }
        codes = {name: process.wait(timeout=60) for name, process in started.items()}
        said = {name: Path(logs, name).read_text() for name in started}
    assert all(codes.values()), codes
    return said


def test_a_name_or_an_address_that_is_wrong_is_one_sentence_everywhere(
    tmp_path: Path, settings_environment: dict[str, str]
) -> None:
    for changes, sentence in (
        (
            {"DATABASE_URL": "mysql://crew:geheim@db/textcrew"},
            "DATABASE_URL must be the address of a PostgreSQL, postgresql://",
        ),
        ({"CHEK_APPS": "false"}, "CHEK_APPS is no setting, CHECK_APPS is; fix the name."),
    ):
        for name, said in said_at_start(tmp_path, settings_environment, changes).items():
            assert sentence in said, name
            assert "Traceback" not in said, name
            assert "geheim" not in said, name
            assert name == "doctor" or said.count("\n") == 1, name


def test_a_database_that_cannot_keep_every_language_is_refused_everywhere(
    tmp_path: Path, settings_environment: dict[str, str], narrow_url: str
) -> None:
    changes = {"DATABASE_URL": narrow_url}

    for name, said in said_at_start(tmp_path, settings_environment, changes).items():
        assert "is encoded in SQL_ASCII" in said, name
        assert "ENCODING 'UTF8'" in said, name
        assert "Traceback" not in said, name
        assert name == "doctor" or said.count("\n") == 1, name


def test_a_database_from_before_the_baseline_is_refused_everywhere(
    tmp_path: Path, settings_environment: dict[str, str]
) -> None:
    with psycopg.connect(settings_environment["DATABASE_URL"]) as connection:
        connection.execute("DELETE FROM _yoyo_migration")
        connection.execute(
            "INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('a', '0001.queue')"
        )

    for name, said in said_at_start(tmp_path, settings_environment, {}).items():
        assert str(DatabaseTooOld()) in " ".join(said.split()), name
        assert "Traceback" not in said, name
        assert name == "doctor" or said.count("\n") == 1, name


def test_without_telemetry_nothing_is_measured_and_nothing_complains(
    settings_environment: dict[str, str],
) -> None:
    program = (
        "import threading; from bot.telemetry_setup import observe;"
        "from bot.settings.loading import load_settings; observe(load_settings(), role='worker');"
        "print([thread.name for thread in threading.enumerate()])"
    )
    for kept, measures in (("true", True), ("false", False)):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env={**settings_environment, "LOCAL_RECORDS": kept},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ("OtelPeriodicExportingMetricReader" in ran.stdout) == measures
        assert ran.stderr == ""
