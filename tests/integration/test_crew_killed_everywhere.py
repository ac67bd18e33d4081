"""kill -9 after each single thing that a build stores: the same app, once, at one call's cost."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

import psycopg
import pytest

from bot.sandbox.claude.server import FakeClaude
from tests.forked_program import ForkedProgram
from tests.process_logs import Logs, watched
from tests.users import insert_user

USER = "0123456789abcdef0123456789abcdef"
REQUEST_TEXT = "Build me a sloppy counter, step by step"  # so that it is sent back once
NEVER = 1_000_000
SIDE_BY_SIDE = range(8, 18)  # boundaries, from the plan to the engineer's brief
SHARES = 3  # of the boundaries, for processes that test beside each other


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a build left: the same for every build of one request, however it was interrupted."""

    status: str
    files: dict[str, str]
    versions: int
    news: Counter[str]
    rounds: list[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A database with a user, the stand-in, and the process that runs builds."""

    connection: psycopg.Connection
    server: FakeClaude
    requests: IO[str]
    replies: IO[str]

    def new_build(self, request_text: str = REQUEST_TEXT) -> UUID:
        request_id = uuid4()
        self.connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', %s, %s, 18)",
            [request_id, USER, uuid4().hex, uuid4().hex[:16]],
        )
        row = self.connection.execute(
            "WITH made AS (INSERT INTO project (user_id, title, site_token)"
            " VALUES (%(user)s, 'New', %(token)s) RETURNING project_id)"
            " INSERT INTO build (request_id, project_id, user_id, request_text)"
            " SELECT %(request)s, project_id, %(user)s, %(request_text)s FROM made"
            " RETURNING build_id",
            {
                "user": USER,
                "token": uuid4().hex,
                "request": request_id,
                "request_text": request_text,
            },
        ).fetchone()
        assert row is not None
        return UUID(str(row[0]))

    def run(self, build_id: UUID, last: int = NEVER) -> tuple[str, int]:
        """Run the build in a new process: `("done", boundaries)` or `("killed", 9)`."""
        print(build_id, last, file=self.requests, flush=True)
        word, number = self.replies.readline().split()
        return word, int(number)

    def paid_twice(self) -> int:
        completed = [
            call["prompt_sha256"]
            for call in self.server.journal.as_json()
            if call["outcome"] == "completed"
        ]
        return sum(count - 1 for count in Counter(completed).values())

    def accounts_are_the_ledger(self, build_id: UUID) -> bool:
        """Whether nothing of a build's budget is held back, and what is spent are its calls."""
        row = self.connection.execute(
            "SELECT reserved = 0 AND spent = (SELECT sum(cost_usd) FROM model_call"
            "                                 WHERE model_call.request_id = build.request_id)"
            " FROM build JOIN budget_account ON account = 'request:' || request_id"
            " WHERE build_id = %s",
            [build_id],
        ).fetchone()
        return row == (True,)

    def outcome(self, build_id: UUID) -> Outcome:
        def rows(query: str) -> list[tuple[str, ...]]:
            return self.connection.execute(query.encode(), {"build_id": build_id}).fetchall()

        mine = "(SELECT project_id FROM build WHERE build_id = %(build_id)s)"
        return Outcome(
            status=rows("SELECT status FROM build WHERE build_id = %(build_id)s")[0][0],
            files={
                row[0]: row[1]
                for row in rows(
                    "SELECT path, encode(sha256, 'hex') FROM workspace_file"
                    f" WHERE project_id = {mine}"
                )
            },
            versions=len(rows(f"SELECT number FROM version WHERE project_id = {mine}")),
            news=Counter(
                row[0]
                for row in rows(
                    "SELECT kind FROM outbox JOIN build USING (request_id)"
                    " WHERE build_id = %(build_id)s"
                )
            ),
            rounds=rows(
                "SELECT number::text, outcome FROM review_round"
                " WHERE build_id = %(build_id)s ORDER BY number"
            ),
        )


@pytest.fixture
def trial(
    database_url: str, settings_environment: dict[str, str], tmp_path: Path
) -> Iterator[Trial]:
    with FakeClaude() as server, psycopg.connect(database_url, autocommit=True) as connection:
        insert_user(connection, USER)
        environment = {
            **os.environ,
            **settings_environment,
            "CHECK_APPS": "true",
            "ANTHROPIC_BASE_URL": server.url,
            "WORKING_BUDGET_TOKENS": "12000",
        }
        with runner_of_builds(environment, tmp_path) as (requests, replies):
            yield Trial(connection=connection, server=server, requests=requests, replies=replies)


@contextmanager
def runner_of_builds(
    environment: Mapping[str, str], folder: Path
) -> Iterator[tuple[IO[str], IO[str]]]:
    """Start the process that runs builds; yields what it reads and what it writes."""
    said, heard, logs = folder / "requests", folder / "replies", folder / "logs"
    os.mkfifo(said)
    os.mkfifo(heard)
    logs.mkdir()
    watched.append(Logs(logs))
    command = ["tests.integration.crashing_build"]
    process = ForkedProgram(command, environment, heard, errors=logs / "builds.log", says=said)
    with said.open("w") as requests, heard.open() as replies:
        yield requests, replies
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("share", range(SHARES))
def test_a_build_survives_a_kill_after_each_thing_it_stores(trial: Trial, share: int) -> None:
    build_id = trial.new_build()
    done, boundaries = trial.run(build_id)
    assert done == "done"
    expected = trial.outcome(build_id)
    assert (expected.status, expected.versions) == ("completed", 1)
    assert expected.news["handed_over"] >= 1
    assert expected.rounds == [("1", "faulty"), ("2", "passed")]
    assert boundaries > 40

    for boundary in range(1 + share, boundaries + 1, SHARES):
        trial.server.journal.clear()
        build_id = trial.new_build()
        assert trial.run(build_id, boundary) == ("killed", 9)
        assert trial.run(build_id)[0] == "done"

        assert trial.outcome(build_id) == expected, f"killed at boundary {boundary}"
        # Two at most are in a call at once: the engineer and QA, or those who judge.
        assert trial.paid_twice() <= 2, f"killed at boundary {boundary}"
        assert trial.accounts_are_the_ledger(build_id), f"killed at boundary {boundary}"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_who_work_side_by_side_survive_a_kill_after_each_thing_they_store(
    trial: Trial,
) -> None:
    build_id = trial.new_build("Build me a poll")
    assert trial.run(build_id)[0] == "done"
    expected = trial.outcome(build_id)
    assert "collections.json" in expected.files

    for boundary in SIDE_BY_SIDE:
        trial.server.journal.clear()
        build_id = trial.new_build("Build me a poll")
        assert trial.run(build_id, boundary) == ("killed", 9)
        assert trial.run(build_id)[0] == "done"

        assert trial.outcome(build_id) == expected, f"killed at boundary {boundary}"
        assert trial.paid_twice() <= 2, f"killed at boundary {boundary}"
        assert trial.accounts_are_the_ledger(build_id), f"killed at boundary {boundary}"
