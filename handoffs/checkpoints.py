"""Turns as checkpoints: an answer is stored before its tools run, results before the next call.

A turn is written once. Whoever finds it taken has lost the agent to another process and stops.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation
from psycopg.rows import kwargs_row

from handoffs.errors import TurnConflict
from telemetry.named_sql import statements

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

SQL = statements("handoffs", "checkpoints.sql")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One answer of the model and, once the tools have run, their results."""

    number: int
    answer: "list[ContentBlockParam]"
    stop_reason: str
    results: "list[ContentBlockParam] | None"


def answer_values(turn: Turn) -> dict[str, object]:
    """A turn's answer as it is stored."""
    return {
        "number": turn.number,
        "answer": _to_text(turn.answer),
        "stop_reason": turn.stop_reason,
    }


@contextmanager
def stored_once(agent_id: str, turn: Turn) -> Iterator[None]:
    """Wherein a turn's answer is stored.

    Raises `TurnConflict` if it is there already; the caller's transaction has failed then.
    """
    try:
        yield
    except UniqueViolation as error:
        raise TurnConflict(f"turn {turn.number} of {agent_id} is stored already") from error


async def store_results(
    connection: AsyncConnection, agent_id: str, number: int, results: "list[ContentBlockParam]"
) -> None:
    """Store the tools' results. Raises `TurnConflict` if no turn waits for them."""
    parameters = {"agent_id": agent_id, "number": number, "results": _to_text(results)}
    cursor = await connection.execute(SQL["set_results"], parameters)
    if cursor.rowcount != 1:
        raise TurnConflict(f"turn {number} of {agent_id} does not wait for results")


async def add_results(
    connection: AsyncConnection, agent_id: str, turn: Turn, results: "list[ContentBlockParam]"
) -> None:
    """Let the agent read more behind its turn's results, or as all of them where it has none."""
    if turn.results is None:
        await store_results(connection, agent_id, turn.number, results)
        return
    together = _to_text([*turn.results, *results])
    await connection.execute(
        SQL["add_results"], {"agent_id": agent_id, "number": turn.number, "results": together}
    )


async def load_turns(connection: AsyncConnection, agent_id: str) -> list[Turn]:
    """The agent's turns in their order."""
    async with connection.cursor(row_factory=kwargs_row(_read_turn)) as cursor:
        await cursor.execute(SQL["load_turns"], {"agent_id": agent_id})
        return await cursor.fetchall()


def _read_turn(*, number: int, answer: str, stop_reason: str, results: str | None) -> Turn:
    """A turn as it is stored."""
    return Turn(
        number=number,
        answer=json.loads(answer),
        stop_reason=stop_reason,
        results=None if results is None else json.loads(results),
    )


def _to_text(blocks: "list[ContentBlockParam]") -> str:
    # Text is stored faster than jsonb, and nobody looks inside. Escaped to ASCII, whatever a model
    # writes can be stored: PostgreSQL's text holds neither NUL nor half a surrogate pair.
    return json.dumps(blocks, separators=(",", ":"))
