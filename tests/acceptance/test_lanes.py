"""Workers for conversations and for builds: what each does, and what is said where one is missing.

A user reads the plan of a build without a worker that could carry it out.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import psycopg
import pytest

from tests.acceptance.stack import WORKER_COMMAND, Stack, announced, eventually


@pytest.fixture
def stack(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    checked = {"CHECK_APPS": "true"} if request.node.get_closest_marker("browser") else {}
    whole = Stack(database_url, tmp_path / "logs", BUILDS_PER_WORKER="1", **checked)
    try:
        whole.claude.start()
        whole.twilio.start()
        whole.start_web()
        yield whole
    finally:
        whole.stop()


def test_conversations_go_on_without_a_worker_for_builds_and_health_says_that_it_is_missing(
    stack: Stack,
) -> None:
    _start(stack, "conversations")
    first, second = stack.phone(), stack.phone()
    for phone in (first, second):
        phone.say("Build me a counter")
        phone.wait_for(lambda message: "I'll build" in message.body, 60)
    eventually(lambda: len(_state(stack, "build")) == 2, "both plans wait to be carried out")
    assert _state(stack, "build") == ["todo", "todo"]
    assert _worker(stack)["status"] == "up"

    _let_jobs_wait(stack)
    assert _worker(stack) == {"status": "down", "detail": "no worker takes the jobs of build"}

    stack.hold_model("frontend")
    _start(stack, "builds")
    stack.await_call("frontend")
    assert sorted(_state(stack, "build")) == ["doing", "todo"]  # one a worker
    assert _worker(stack)["status"] == "up"
    stack.let_go()
    for phone in (first, second):
        phone.wait_for(announced, 120)


def test_a_worker_for_builds_reads_no_messages(stack: Stack) -> None:
    _start(stack, "builds")
    phone = stack.phone()
    phone.say("help")
    _let_jobs_wait(stack)

    assert _worker(stack)["detail"].startswith("no worker takes the jobs of conversation")
    assert set(_state(stack, "conversation")) == {"todo"}
    _start(stack, "conversations")
    phone.wait_for(lambda message: message.direction == "outbound", 60)


@pytest.mark.browser
@pytest.mark.xdist_group("browser check")
def test_builds_and_their_browsers_give_way_to_conversations_on_the_same_machine(
    stack: Stack,
) -> None:
    _start(stack, "conversations")
    _start(stack, "builds")
    conversations, builds = (
        psutil.Process(stack.program(name).process.pid) for name in ("conversations", "builds")
    )
    eventually(lambda: builds.nice() - conversations.nice() == 10, "builds give way")
    of_sessions = {(0, builds.nice()), (None, None)}
    eventually(
        lambda: (_of_session(conversations), _of_session(builds)) in of_sessions,
        "their session does, too",
    )

    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(lambda message: "I'll build" in message.body, 60)
    browser = eventually(
        lambda: _descendant(builds, "chrom"), "a browser tries the app", seconds=120
    )
    assert browser.nice() == builds.nice()
    eventually(lambda: _of_session(browser) in (builds.nice(), None), "its session gives way, too")


def _descendant(process: psutil.Process, name: str) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        return next((one for one in process.children(recursive=True) if name in one.name()), None)
    return None


def _of_session(process: psutil.Process) -> int | None:
    """The priority of the process's session, where the system has one."""
    path = Path(f"/proc/{process.pid}/autogroup")
    return int(path.read_text().split()[-1]) if path.exists() else None


def _start(stack: Stack, lane: str) -> None:
    workers = "SELECT FROM procrastinate_workers"
    known = len(stack.rows(workers))
    stack.disturb().start(lane, [*WORKER_COMMAND, "--only", lane])
    eventually(lambda: len(stack.rows(workers)) > known, f"a worker for {lane} takes jobs")


def _state(stack: Stack, queue: str) -> list[str]:
    rows = stack.rows(
        "SELECT status::text FROM procrastinate_jobs WHERE queue_name = %(queue)s ORDER BY id",
        {"queue": queue},
    )
    return [row["status"] for row in rows]


def _let_jobs_wait(stack: Stack) -> None:
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE procrastinate_events SET at = at - interval '1 minute'")
        connection.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '1 minute'"
        )


def _worker(stack: Stack) -> dict[str, str]:
    with urlopen(f"{stack.public_url}/health") as answer:
        seen = json.load(answer)["components"]["worker"]
    return {"status": seen["status"], "detail": seen["detail"].partition(";")[0]}
