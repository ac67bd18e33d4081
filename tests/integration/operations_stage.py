"""Rows as the product writes them, for tests of what operators ask."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from tests.forked_program import ForkedProgram, run_forked
from tests.users import insert_user

USER = "f" * 32


class OperationsStage:
    """A database with one user, and the command line on it.

    What is started and goes on writes to `log`.
    """

    def __init__(
        self, database_url: str, environment: Mapping[str, str], *, log: Path = Path(os.devnull)
    ) -> None:
        self.environment = dict(environment)
        self.log = log
        self.connection = psycopg.connect(database_url, autocommit=True)
        insert_user(self.connection, USER)

    def request(
        self, *, age: str = "1 minute", closed: bool = False, answered: bool = False
    ) -> UUID:
        """A request that was accepted `age` ago, and answered into the outbox at once."""
        request_id = uuid4()
        self.connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length, accepted_at, work_ended_at, closed_at)"
            " VALUES (%s, %s, %s, 'whatsapp', %s, '1111111111111111', 9, now() - %s::interval,"
            " CASE WHEN %s THEN now() - %s::interval END, CASE WHEN %s THEN now() END)",
            [request_id, USER, uuid4(), request_id.hex, age, answered, age, closed],
        )
        return request_id

    def call(
        self,
        request_id: UUID,
        *,
        cost: str | None,
        agent_id: str | None = None,
        tokens: int = 100,
        model: str = "claude-sonnet-5-5",
        age: str = "1 minute",
    ) -> None:
        """A model call of `tokens` input tokens."""
        self.connection.execute(
            "INSERT INTO model_call (request_id, user_id, agent_id, operation, model, outcome,"
            " input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd,"
            " called_at)"
            " VALUES (%s, %s, %s, 'turn', %s, 'end_turn', %s, 0, 0, 0, %s, now() - %s::interval)",
            [request_id, USER, agent_id, model, tokens, cost, age],
        )

    def build(
        self, request_id: UUID, *, stalled: str | None = None, status: str = "running"
    ) -> None:
        """A build, taken up again so long ago because it hung."""
        self.connection.execute(
            "WITH made AS (INSERT INTO project (user_id, title, site_token)"
            " VALUES (%s, 'Shop', %s) RETURNING project_id)"
            " INSERT INTO build (request_id, project_id, user_id, request_text, status, stalled_at)"
            " SELECT %s, project_id, %s, 'a shop', %s, now() - %s::interval FROM made",
            [USER, uuid4().hex, request_id, USER, status, stalled],
        )

    def message(self, request_id: UUID, state: str, *, age: str) -> None:
        """An outgoing message that was queued `age` ago."""
        self.connection.execute(
            "INSERT INTO outbox (user_id, request_id, kind, dedupe_key, part, parts, body, state,"
            " created_at, finished_at)"
            " VALUES (%s, %s, 'reply', %s, 1, 1, 'x', %s, now() - %s::interval,"
            " CASE WHEN %s = 'failed' THEN now() END)",
            [USER, request_id, str(uuid4()), state, age, state],
        )

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `textcrew` with these arguments."""
        return run_forked(["bot.cli.main", *arguments], {**self.environment, **environment})

    def start(self, *arguments: str, **environment: str) -> ForkedProgram:
        """Start `textcrew` with these arguments and leave it running."""
        command = ["bot.cli.main", *arguments]
        return ForkedProgram(command, {**self.environment, **environment}, self.log)

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """What `textcrew … --json` prints."""
        printed: list[dict[str, Any]] = json.loads(self.run(*arguments, "--json").stdout)
        return printed
