"""Migrations apply once, however many processes try and whenever they are killed."""

import asyncio
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from bot.database.definitions import FOLDERS, definitions_id
from bot.database.migrate import migrate, pending
from bot.errors import DatabaseTooOld
from bot.projects.projects import create_project
from bot.projects.requirements import add_request as add_request_of
from tests.schema_dump import schema_of
from tests.users import add_request as add_build_of
from tests.users import add_user, insert_user

MIGRATE = "import sys; from bot.database.migrate import migrate; migrate(sys.argv[1])"
MIGRATIONS = Path(__file__).parents[2] / "bot" / "database" / "migrations"


@pytest.mark.lengthy
def test_every_migration_applies_in_order_and_only_once(empty_database_url: str) -> None:
    waiting = pending(empty_database_url)

    migrations = sorted(file.stem for file in MIGRATIONS.iterdir() if file.is_file())
    assert waiting == [*migrations, *(definitions_id(folder) for folder in FOLDERS)]
    assert migrate(empty_database_url) == waiting
    schema = schema_of(empty_database_url)
    assert pending(empty_database_url) == []
    assert migrate(empty_database_url) == []
    assert schema_of(empty_database_url) == schema


def test_a_later_migration_is_applied_alone(database_url: str) -> None:
    schema = schema_of(database_url)
    last = "0001.baseline.8.operations"
    with psycopg.connect(database_url) as connection:  # as the version before had it
        connection.execute("DROP TABLE write_trial, alert_told, metric_total")
        connection.execute("DROP VIEW spans")  # a migration may drop what holds a column fast
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [last])

    assert pending(database_url) == [last]
    assert migrate(database_url) == [last]
    assert schema_of(database_url) == schema


def test_asking_what_is_pending_changes_nothing(empty_database_url: str) -> None:
    pending(empty_database_url)

    with psycopg.connect(empty_database_url) as connection:
        tables = connection.execute(
            "SELECT FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
    assert tables == []


@pytest.mark.lengthy
def test_several_migrations_at_once_apply_each_one_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_database_url] * 4))

    assert sorted(len(ids) for ids in applied)[:3] == [0, 0, 0]
    assert pending(empty_database_url) == []


@pytest.mark.lengthy
def test_a_migration_that_was_killed_leaves_nothing_and_is_taken_up_by_the_next(
    empty_database_url: str,
) -> None:
    all_of_them = pending(empty_database_url)
    for killed_after in (0.3, 0.35, 0.4, 0.45, 0.5):
        process = subprocess.Popen([sys.executable, "-c", MIGRATE, empty_database_url])
        time.sleep(killed_after)
        process.kill()
        process.wait()
        assert pending(empty_database_url) in (all_of_them, [])

    migrate(empty_database_url)

    assert pending(empty_database_url) == []


def test_a_database_from_before_the_baseline_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM _yoyo_migration")
        connection.execute(
            "INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('a', '0001.queue')"
        )
    schema = schema_of(database_url)

    for refused in (migrate, pending):
        with pytest.raises(DatabaseTooOld, match="begin with an empty one"):
            refused(database_url)
    assert schema_of(database_url) == schema


def test_a_function_body_arrives_whole(database_url: str) -> None:
    ids = ["5cb3a0d6-8f0e-4d0a-9f55-3c1f7dcd6d5a", "t" * 32, "s" * 16]
    message = ["SM1", None, "u1", "whatsapp", b"a", "k", True, "text", "100% sure; really", b"f"]
    places = ", ".join(["%s"] * 13)
    call = f"SELECT accepted FROM accept_message({places}, NULL)".encode()

    with psycopg.connect(database_url, autocommit=True) as connection:
        first = connection.execute(call, message + ids).fetchone()
        again = connection.execute(call, message + ids).fetchone()
        jobs = connection.execute("SELECT queue_name, lock FROM procrastinate_jobs").fetchall()

    assert str(first and first[0]) == ids[0]
    assert again == (None,)
    assert jobs == [("conversation", "user:u1")]


def test_what_was_told_of_alerts_so_far_was_told_by_every_channel(database_url: str) -> None:
    last = "0019.alerts_by_channel"
    with psycopg.connect(database_url) as connection:  # as the version before had it
        connection.execute("DROP TABLE alert_told_by")
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [last])
        connection.execute("INSERT INTO alert_told (name) VALUES ('paused')")

    assert migrate(database_url) == [last]

    with psycopg.connect(database_url) as connection:
        told = connection.execute("SELECT name, channel FROM alert_told_by ORDER BY channel")
        assert told.fetchall() == [("paused", "webhook"), ("paused", "whatsapp")]


def test_what_retention_has_emptied_before_is_owed_no_more(database_url: str) -> None:
    last = "0020.emptied_messages"
    choices = '[{"id": "open 1", "title": "Poll for Ann"}]'
    with psycopg.connect(database_url) as connection:  # as the version before left it
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [last])
        insert_user(connection, "ada")
        request_id = add_request(connection, "ada")
        for body in ("", "Your app is ready"):
            connection.execute(
                "INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body,"
                " choices, state, is_owed) VALUES ('ada', %s, 'reply', %s, 1, 1, %s, %s, 'failed',"
                " true)",
                [request_id, body, body, choices],
            )

    assert migrate(database_url) == [last]

    with psycopg.connect(database_url) as connection:
        left = connection.execute("SELECT is_owed, choices IS NULL FROM outbox ORDER BY id")
        assert left.fetchall() == [(False, True), (True, False)]


def test_what_was_deployed_elsewhere_and_who_was_just_forgotten_before(database_url: str) -> None:
    last = "0021.forgotten"
    report = json.dumps({"service": "Netlify", "url": "https://cakes.netlify.app"})
    with psycopg.connect(database_url) as connection:  # as the version before left it
        connection.execute("DROP TABLE deployment")
        connection.execute("ALTER TABLE forgotten_user DROP COLUMN spent_in")
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [last])
        goodbyes = {}
        for user_id in ("ada", "ben"):
            insert_user(connection, user_id)
            connection.execute(
                "INSERT INTO user_address VALUES ('key of ' || %s, %s, true, now())",
                [user_id, user_id],
            )
            goodbyes[user_id] = add_request(connection, user_id)
            connection.execute(
                "UPDATE contact SET forgotten_request_id = %s WHERE user_id = %s",
                [goodbyes[user_id], user_id],
            )
        again = add_request(connection, "ben")
        connection.execute(
            "WITH app AS (INSERT INTO project (user_id, title, site_token)"
            " VALUES ('ben', 'Cakes', 't') RETURNING project_id), asked AS (INSERT INTO build"
            " (request_id, project_id, user_id, request_text) SELECT %s, project_id, 'ben', '' FROM"
            " app) INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state,"
            " model, model_window, working_budget, max_output, warning_percentage,"
            " critical_percentage, continuation_mode, opening)"
            " VALUES ('a', %s, 'ben', 'devops', 1, 'ACTIVE', 'm', 1, 1, 1, 75, 90, 'fresh', '')",
            [again, again],
        )
        for use, status, told in (("1", "ok", report), ("2", "ok", report), ("3", "error", "no")):
            connection.execute(
                "INSERT INTO outside_call VALUES ('a', %s, 'textcrew', 'report_deployment', now(),"
                " %s, %s)",
                [use, status, told],
            )

    assert migrate(database_url) == [last]

    with psycopg.connect(database_url) as connection:
        copies = connection.execute("SELECT service, url, request_id FROM deployment").fetchall()
        assert copies == [("Netlify", "https://cakes.netlify.app", again)]
        assert connection.execute("SELECT user_id FROM user_address").fetchall() == [("ben",)]
        forgotten = "SELECT user_id FROM contact WHERE forgotten_request_id IS NOT NULL"
        assert connection.execute(forgotten).fetchall() == [("ada",)]


def add_request(connection: psycopg.Connection, user_id: str) -> UUID:
    request_id = uuid4()
    connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '', '', 1)",
        [request_id, user_id],
    )
    return request_id


def test_what_text_files_say_is_taken_out_of_the_words_with_which_they_came(
    database_url: str,
) -> None:
    last = "0023.text_files"
    says = "Rosa; 3 loaves\n" * 400
    line = "[file: files/orders.csv]"
    asked = f"A page of these\n[picture: pictures/1.png]\n{line}\n{says[:4000]}"

    async def fill() -> None:  # as the version before left it
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            await connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [last])
            await add_user(connection, "ada")
            project = await create_project(connection, user_id="ada", title="Orders")
            request_id = await add_build_of(connection, "ada", project.project_id, asked)
            await add_request_of(connection, request_id)
            await connection.execute(
                "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content,"
                " sha256) SELECT message_sid, 0, 'ada', 'files/orders.csv', 'text/csv', %s, ''"
                " FROM inbound_message",
                [says.encode()],
            )

    asyncio.run(fill())
    assert migrate(database_url) == [last]

    with psycopg.connect(database_url) as connection:
        for column in ("inbound_message.body", "build.request_text", "requirement.words"):
            table, name = column.split(".")
            (left,) = connection.execute(f"SELECT {name} FROM {table}".encode()).fetchall()
            assert left == (f"A page of these\n[picture: pictures/1.png]\n{line}",)
        assert connection.execute("SELECT says FROM attachment").fetchone() == (says,)
