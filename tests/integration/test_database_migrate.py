"""Migrations apply once, however many processes try and whenever they are killed."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from bot.database.migrate import migrate, pending

MIGRATE = "import sys; from bot.database.migrate import migrate; migrate(sys.argv[1])"


def test_every_migration_applies_in_order_and_only_once(empty_database_url: str) -> None:
    waiting = pending(empty_database_url)

    assert waiting == sorted(waiting)
    assert migrate(empty_database_url) == waiting
    assert pending(empty_database_url) == []
    assert migrate(empty_database_url) == []


def test_asking_what_is_pending_changes_nothing(empty_database_url: str) -> None:
    pending(empty_database_url)

    with psycopg.connect(empty_database_url) as connection:
        tables = connection.execute(
            "SELECT FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
    assert tables == []


def test_several_migrations_at_once_apply_each_one_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_database_url] * 4))

    assert sorted(len(ids) for ids in applied)[:3] == [0, 0, 0]
    assert pending(empty_database_url) == []


def test_a_migration_that_was_killed_is_taken_up_by_the_next(empty_database_url: str) -> None:
    for killed_after in (0.3, 0.35, 0.4, 0.45, 0.5):
        process = subprocess.Popen([sys.executable, "-c", MIGRATE, empty_database_url])
        time.sleep(killed_after)
        process.kill()
        process.wait()

    migrate(empty_database_url)

    assert pending(empty_database_url) == []


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
