"""A backup is restored, a new version is installed: apps, questions and messages are all there."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
import pytest

from bot.database.definitions import definitions_id
from bot.sandbox.twilio.phone.client import Phone
from tests.acceptance.messages import link_in
from tests.acceptance.stack import Stack, announced, eventually
from tests.acceptance.test_asking import REQUEST_TEXT, is_asked_for_colour, is_asked_for_size
from tests.databases import new_database
from tests.forked_program import run_forked
from tests.schema_dump import client_program

pytestmark = pytest.mark.slow  # it moves a whole system

NEW_FUNCTION = "note_late_arrival"


@pytest.fixture
def restored_url(server_url: str) -> Iterator[str]:
    """A database without any table, on the same server."""
    with new_database(server_url, template=None) as url:
        yield url


def textcrew(stack: Stack, *arguments: str) -> str:
    """What a command prints; it must succeed."""
    done = run_forked(["bot.cli.main", *arguments], stack.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def drain(stack: Stack, name: str) -> None:
    """Stop a worker as a deployment does."""
    process = stack.disturb().program(name).process
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def queue_message(stack: Stack, request_text: str, body: str) -> None:
    """A message for whoever had that request, such as a worker queues while it works."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT enqueue_message(user_id, request_id, 'reply', %s, ARRAY[%s], NULL, NULL)"
            " FROM build WHERE request_text = %s",
            [body, body, request_text],
        )


def times_heard(phone: Phone, body: str) -> int:
    return sum(message.body == body for message in phone.messages())


def test_a_restored_backup_serves_goes_on_and_sends_nothing_twice(
    stack: Stack, restored_url: str, tmp_path: Path
) -> None:
    builder, asked = stack.phone(), stack.phone()
    builder.say("Build me a counter")
    link = link_in(builder.wait_for(announced, 60))
    asked.say(REQUEST_TEXT)
    colour = asked.wait_for(is_asked_for_colour, 60)
    drain(stack, "worker")
    queue_message(stack, "Build me a counter", "sent after the backup")
    queue_message(stack, REQUEST_TEXT, "sent by nobody yet")
    stack.rows(  # somebody who logs out after the backup
        "INSERT INTO console_session"
        " VALUES (gen_random_uuid(), now() + interval '12 h') RETURNING session_id"
    )

    dump = str(tmp_path / "textcrew.dump")
    subprocess.run(
        [client_program("pg_dump"), "-Fc", "-f", dump, stack.database_url], check=True, timeout=60
    )
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            "UPDATE outbox SET state = 'suppressed' WHERE body = 'sent by nobody yet'"
        )
    stack.start_worker()
    builder.wait_for(lambda m: m.body == "sent after the backup", 30)
    drain(stack, "worker")

    subprocess.run(
        [client_program("pg_restore"), "--no-owner", "-d", restored_url, dump],
        check=True,
        timeout=60,
    )
    stack.move_to(restored_url)
    assert "up to date" in textcrew(stack, "migrate")
    assert "2 pending messages are looked for" in textcrew(stack, "reconcile", "--restored")
    assert stack.rows("SELECT FROM console_session") == []
    stack.start_worker()
    stack.start_web()

    with urlopen(link) as answer:
        assert answer.status == 200
    asked.wait_for(lambda m: m.body == "sent by nobody yet", 30)
    asked.tap(colour, "Green")
    asked.tap(asked.wait_for(is_asked_for_size, 30), "Large")
    asked.wait_for(announced, 60)
    before = {message.sid for message in builder.messages()}
    builder.say("Make the background green")
    changed = builder.wait_for(lambda m: m.sid not in before and announced(m), 60)
    assert link_in(changed) == link
    assert times_heard(builder, "sent after the backup") == 1
    assert times_heard(asked, "sent by nobody yet") == 1
    kept = json.loads(textcrew(stack, "query", "SELECT count(*) AS n FROM records", "--json"))
    assert kept[0]["n"] > 0


def kill(stack: Stack, name: str) -> None:
    """Let a worker die."""
    stack.disturb().kill(name)


@pytest.mark.parametrize("end", [drain, kill])
def test_a_new_version_takes_up_the_build_and_what_was_written_meanwhile(
    stack: Stack, end: Callable[[Stack, str], None]
) -> None:
    stack.await_worker()
    with psycopg.connect(stack.database_url) as connection:  # as the version before had it
        connection.execute(f"DROP FUNCTION {NEW_FUNCTION}")
        connection.execute(
            "DELETE FROM _yoyo_migration WHERE migration_id = %s", [definitions_id("functions")]
        )
    stack.slow_model(0.3)
    phone, other = stack.phone(), stack.phone()
    phone.say("Build me a counter")
    eventually(
        lambda: stack.rows("SELECT 1 FROM turn JOIN agent USING (agent_id)"), "a turn is stored"
    )

    end(stack, "worker")
    other.say("Build me a calculator")
    with pytest.raises(HTTPError) as not_ready:
        urlopen(f"{stack.public_url}/ready")
    assert not_ready.value.code == 503
    assert f"applied {definitions_id('functions')}" in textcrew(stack, "migrate")
    stack.start_worker("new")

    for user in (phone, other):
        user.wait_for(announced, 90)
        heard = [message.body for message in user.messages() if message.direction == "outbound"]
        assert len(heard) == len(set(heard)) == 4
    assert stack.rows("SELECT count(*) AS n FROM version") == [{"n": 2}]
    assert stack.rows(f"SELECT 1 FROM pg_proc WHERE proname = '{NEW_FUNCTION}'")
