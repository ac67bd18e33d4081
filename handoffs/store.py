"""Handoffs in PostgreSQL: saved with the change of state they belong to, listed, shown."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import kwargs_row

from handoffs.document import HandoffDocument
from handoffs.errors import InvalidDocument, RemovedDocument, UnknownHandoff
from handoffs.states import TerminationReason
from handoffs.upgrades import load_document
from telemetry.named_sql import statements

SQL = statements("handoffs", "store.sql")

_DIGITS = re.compile(r"[0-9a-f]{4,32}")


@dataclass(frozen=True, kw_only=True)
class HandoffFilter:
    """Which handoffs to list; what is None does not matter. `since` is included, `until` not."""

    user_id: str | None = None
    request_id: UUID | None = None
    reason: TerminationReason | None = None
    agent_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class HandoffSummary:
    """A handoff's row without the document. `size_kb` is the document's, in units of 1024 bytes."""

    handoff_id: UUID
    request_id: UUID
    user_id: str
    project_id: UUID | None
    source_agent_id: str
    target_agent_id: str
    agent_type: str
    reason: TerminationReason
    created_at: datetime
    completion_percentage: float
    tokens_used: int
    size_kb: float
    schema_version: int


async def save_handoff(connection: AsyncConnection, document: HandoffDocument) -> None:
    """Save a document, in the caller's transaction.

    Raises `InvalidDocument` if it is addressed to nobody.
    """
    from telemetry import events, spans  # with Logfire, which whoever only reads does not need

    with spans.trace_handoff_document(handoff_id=str(document.handoff_id)) as span:
        text = document.to_json()
        size_kb = round(len(text.encode()) / 1024, 2)
        spans.set_handoff_document(
            span,
            document_size_kb=size_kb,
            categories_included=document.categories,
            decisions_count=len(document.decisions),
            todos_count=len(document.open_items),
            errors_count=len(document.errors),
        )
    with spans.trace_database_operation(
        operation="save",
        table_name="agent_handoff",
        record_id=str(document.handoff_id),
        agent_type=document.source_agent.agent_type,
        data_size_kb=size_kb,
    ):
        await connection.execute(SQL["insert_handoff"], _row(document, text, size_kb))
        events.handoff_saved(
            handoff_id=str(document.handoff_id),
            source_agent_id=document.source_agent.agent_id,
            agent_type=document.source_agent.agent_type,
            data_size_kb=size_kb,
        )


async def load_handoff(connection: AsyncConnection, handoff_id: UUID) -> HandoffDocument:
    """The document of that id.

    Raises `UnknownHandoff`, `RemovedDocument` if its retention is over, and `InvalidDocument` if it
    is damaged.
    """
    text = await _text(connection, "load_document", {"handoff_id": handoff_id})
    if text is None:
        raise UnknownHandoff(f"There is no handoff {handoff_id}.")
    return load_document(text)


async def find_handoff_id(connection: AsyncConnection, beginning: str) -> UUID:
    """The id that begins so. Raises `UnknownHandoff` if there is none, or more than one."""
    digits = beginning.replace("-", "").lower()
    if not _DIGITS.fullmatch(digits):
        raise UnknownHandoff(f"{beginning!r} is not the id of a handoff.")
    bounds = {"first": UUID(digits.ljust(32, "0")), "last": UUID(digits.ljust(32, "f"))}
    found = await (await connection.execute(SQL["find_between"], bounds)).fetchall()
    if len(found) != 1:
        many = "More than one handoff begins with" if found else "There is no handoff"
        raise UnknownHandoff(f"{many} {beginning}.")
    return UUID(str(found[0][0]))


async def received_by(connection: AsyncConnection, agent_id: str) -> HandoffDocument | None:
    """The document that the agent started from; None for one that started afresh."""
    text = await _text(connection, "find_received", {"agent_id": agent_id})
    return None if text is None else load_document(text)


async def list_handoffs(
    connection: AsyncConnection, which: HandoffFilter, *, limit: int = 100
) -> list[HandoffSummary]:
    """The handoffs that fit, newest first."""
    query, parameters = listing_query(which, limit=limit)
    async with connection.cursor(row_factory=kwargs_row(_to_summary)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


def listing_query(which: HandoffFilter, *, limit: int) -> tuple[sql.Composed, dict[str, object]]:
    """The query of `list_handoffs`, with its parameters."""
    given = {name: value for name, value in asdict(which).items() if value is not None}
    conditions = [sql.SQL(SQL[f"by_{name}"]) for name in given] or [sql.SQL("true")]
    query = sql.SQL(SQL["list_handoffs"]).format(conditions=sql.SQL(" AND ").join(conditions))
    return query, {**given, "limit": limit}


def _row(document: HandoffDocument, text: str, size_kb: float) -> dict[str, object]:
    if document.target_agent is None:
        raise InvalidDocument("target_agent: is missing, a saved handoff has a successor.")
    return {
        "handoff_id": document.handoff_id,
        "request_id": document.request_id,
        "user_id": document.user_id,
        "project_id": document.project.project_id if document.project else None,
        "source_agent_id": document.source_agent.agent_id,
        "target_agent_id": document.target_agent.agent_id,
        "agent_type": document.source_agent.agent_type,
        "reason": document.reason,
        "created_at": document.created_at,
        "completion_percentage": document.progress.completion_percentage,
        "tokens_used": document.token_usage.total_tokens,
        "size_kb": size_kb,
        "schema_version": document.schema_version,
        "document": text,
    }


async def _text(
    connection: AsyncConnection, statement: str, parameters: dict[str, object]
) -> str | None:
    query: LiteralString = SQL[statement]
    cursor = await connection.execute(query, parameters)
    row = await cursor.fetchone()
    if row is None:
        return None
    if row[0] is None:
        raise RemovedDocument
    return str(row[0])


def _to_summary(*, reason: str, **columns: Any) -> HandoffSummary:
    return HandoffSummary(reason=TerminationReason(reason), **columns)
