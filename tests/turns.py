"""A turn's answer without a call that was made for it."""

from typing import TYPE_CHECKING

from psycopg import AsyncConnection

from handoffs.checkpoints import Turn, answer_values, stored_once

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam


async def store_answer(
    connection: AsyncConnection,
    agent_id: str,
    number: int,
    answer: "list[ContentBlockParam]",
    stop_reason: str,
) -> None:
    """Store the answer of turn `number`. Raises `TurnConflict` if it is there already."""
    turn = Turn(number=number, answer=answer, stop_reason=stop_reason, results=None)
    with stored_once(agent_id, turn):
        await connection.execute(
            "INSERT INTO turn (agent_id, number, answer, stop_reason)"
            " VALUES (%(agent_id)s, %(number)s, %(answer)s, %(stop_reason)s)",
            {"agent_id": agent_id, **answer_values(turn)},
        )
