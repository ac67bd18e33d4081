"""Reads what the stage shows: the product's own tables and records, of one user's request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, LiteralString, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row
from psycopg_pool import ConnectionPool

from telemetry.cost import price
from telemetry.named_sql import statements

SQL = statements("bot.sandbox.stage", "reading.sql")

Row = TypeVar("Row")
SpanKind = Literal["model", "tool", "handoff"]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A request with its build, as far as there is one; `seen_at` is the database's time."""

    seen_at: datetime
    request_id: UUID
    trace_id: str
    status: str
    accepted_at: datetime
    work_ended_at: datetime | None
    request_text: str | None
    workflow: str | None
    plan: dict[str, Any] | None
    phase: str | None
    failure: str | None
    waits_until: datetime | None
    project_id: UUID | None
    title: str | None
    site_token: str | None
    published_version: int | None

    @property
    def is_live(self) -> bool:
        """Whether anything is still done for it."""
        return self.work_ended_at is None

    @property
    def waits_for_user(self) -> bool:
        """Whether the build rests until the user answers."""
        return self.is_live and self.waits_until is not None


@dataclass(frozen=True, kw_only=True)
class AgentRow:
    """An agent; `occupancy` and `usable_budget` are tokens."""

    agent_id: str
    agent_type: str
    version: int
    state: str
    threshold: str
    occupancy: int
    usable_budget: int
    terminated_at: datetime | None
    termination_reason: str | None
    turns: int
    cost_usd: Decimal

    @property
    def is_at_work(self) -> bool:
        """Whether it does something just now, where its request goes on."""
        return self.state not in {"TERMINATED", "PAUSED", "ERROR", "HANDOFF_COMPLETE"}


@dataclass(frozen=True, kw_only=True)
class SpanRow:
    """A span of the trace; one that has not ended has no `ended_at`."""

    span_id: str
    parent_span_id: str | None
    span_name: str
    message: str
    began_at: datetime
    ended_at: datetime | None
    level: str
    process_pid: int | None
    agent_id: str | None
    operation: str | None
    tool: str | None
    result_status: str | None
    from_phase: str | None
    usage_percentage: float | None
    statements: int
    exception_type: str | None

    @property
    def is_of_crew(self) -> bool:
        """Whether it is work on the request itself, which only its owner does."""
        return self.span_name in {"token_usage", "agent_lifecycle"} or self.is_workflow

    @property
    def is_workflow(self) -> bool:
        """Whether it is the frame of all that a crew does."""
        return self.span_name.startswith("workflow:")

    @property
    def kind(self) -> SpanKind | None:
        """What an agent does in it; None for one that only holds others."""
        if self.span_name == "token_usage":
            return "handoff" if self.operation == "handoff" else "model"
        return "tool" if self.span_name.startswith(("execute_tool", "mcp_tool")) else None


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """A model call in the ledger; `cost_usd` is None where the price is unknown."""

    agent_id: str | None
    operation: str
    outcome: str
    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int
    cost_usd: Decimal | None
    called_at: datetime


@dataclass(frozen=True, kw_only=True)
class CallUnderWay:
    """A model call that has not ended; what it has written is an estimate."""

    agent_id: str | None
    model: str | None
    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int

    @property
    def tokens(self) -> int:
        """All that it has used so far."""
        sent = self.input_tokens + self.cache_creation_tokens + self.cache_read_tokens
        return sent + self.output_tokens

    @property
    def cost_usd(self) -> Decimal:
        """What that costs, as far as its price is known."""
        cost = self.model and price(
            self.model,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cache_creation_tokens=self.cache_creation_tokens,
            cache_read_tokens=self.cache_read_tokens,
        )
        return cost or Decimal(0)


@dataclass(frozen=True, kw_only=True)
class HandoffRow:
    """That an agent handed its work to another one."""

    handoff_id: UUID
    source_agent_id: str
    target_agent_id: str
    reason: str
    created_at: datetime
    size_kb: float


@dataclass(frozen=True, kw_only=True)
class HandoffDocument:
    """The whole of what a successor is told; `document` is None when its retention is over."""

    source_agent_id: str
    target_agent_id: str
    reason: str
    completion_percentage: float
    tokens_used: int
    size_kb: float
    schema_version: int
    document: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """A message to the user."""

    state: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A file of the app; `size` is bytes."""

    path: str
    size: int
    lines: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that one drawing of the stage is made from."""

    scene: Scene
    agents: list[AgentRow]
    answers: dict[str, str]  # what each agent said last, JSON
    spans: list[SpanRow]
    calls: list[CallRow]
    under_way: list[CallUnderWay]
    handoffs: list[HandoffRow]
    messages: list[MessageRow]
    files: list[FileRow]


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What became of a user since something was broken for them, whatever they had asked for."""

    heard_at: datetime | None  # their latest message
    calls: list[CallRow]
    messages: list[MessageRow]


class StageReader:
    """Reads the database of the demo for the stage."""

    def __init__(self, pool: ConnectionPool[Connection]) -> None:
        self._pool = pool

    def facts(self, address_key: str) -> Facts | None:
        """What is shown to the user at that address; None before they asked for anything."""
        with self._reading() as connection:
            scenes = _rows(connection, "find_scene", Scene, address_key=address_key)
            if not scenes:
                return None
            scene = scenes[0]
            asked = {"request_id": scene.request_id}
            agents = _rows(connection, "list_agents", AgentRow, **asked)
            return Facts(
                scene=scene,
                agents=agents,
                answers=_answers(connection, agents),
                spans=_rows(connection, "list_spans", SpanRow, trace_id=scene.trace_id),
                calls=_rows(connection, "list_calls", CallRow, **asked),
                under_way=_rows(connection, "list_calls_under_way", CallUnderWay, **asked),
                handoffs=_rows(connection, "list_handoffs", HandoffRow, **asked),
                messages=_rows(connection, "list_messages", MessageRow, **asked),
                files=_rows(
                    connection,
                    "list_files",
                    FileRow,
                    project_id=scene.project_id,
                    version=scene.published_version,
                ),
            )

    def aftermath(self, address_key: str, since: datetime) -> Aftermath:
        """What happened to the user at that address since then."""
        asked = {"address_key": address_key, "since": since}
        with self._reading() as connection:
            with connection.cursor(row_factory=scalar_row) as cursor:
                heard_at: datetime | None = cursor.execute(SQL["find_heard"], asked).fetchone()
            return Aftermath(
                heard_at=heard_at,
                calls=_rows(connection, "list_calls_since", CallRow, **asked),
                messages=_rows(connection, "list_messages_since", MessageRow, **asked),
            )

    def now(self) -> datetime:
        """The database's time."""
        with self._reading() as connection, connection.cursor(row_factory=scalar_row) as cursor:
            now: datetime | None = cursor.execute(SQL["tell_time"]).fetchone()
            assert now is not None  # a clock always answers
            return now

    def handoff(self, address_key: str, handoff_id: UUID) -> HandoffDocument | None:
        """A document of this user's."""
        with self._reading() as connection:
            found = _rows(
                connection,
                "read_handoff",
                HandoffDocument,
                handoff_id=handoff_id,
                address_key=address_key,
            )
        return found[0] if found else None

    def file(self, project_id: UUID, path: str, version: int | None) -> bytes | None:
        """A file of an app: of the draft, or of that version."""
        with self._reading() as connection, connection.cursor(row_factory=scalar_row) as cursor:
            asked = {"project_id": project_id, "path": path, "version": version}
            content: bytes | None = cursor.execute(SQL["read_file"], asked).fetchone()
            return content

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._pool.connection() as connection:
            yield connection


def _answers(connection: Connection, agents: list[AgentRow]) -> dict[str, str]:
    answers = {}
    with connection.cursor(row_factory=scalar_row) as cursor:
        for agent in agents:
            asked = {"agent_id": agent.agent_id, "number": agent.turns}
            answer: str | None = cursor.execute(SQL["read_answer"], asked).fetchone()
            if answer is not None:
                answers[agent.agent_id] = answer
    return answers


def _rows(connection: Connection, name: str, kind: type[Row], **asked: object) -> list[Row]:
    statement: LiteralString = SQL[name]
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(statement, asked).fetchall()
