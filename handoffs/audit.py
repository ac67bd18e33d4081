"""A document looked at later: against itself, and against what the ledger says to this day.

The workspace has moved on by then, so files are held against the document's own list of them.
"""

from collections.abc import Iterator
from uuid import UUID

from psycopg import AsyncConnection

from handoffs.document import HandoffDocument
from handoffs.errors import RemovedDocument
from handoffs.ledger import load_spend
from handoffs.store import load_handoff, received_by
from handoffs.validation import find_item_faults, find_token_faults


async def audit_handoff(connection: AsyncConnection, handoff_id: UUID) -> tuple[str, ...]:
    """All that is wrong with a stored document; nothing if it is sound.

    Raises `UnknownHandoff`, `RemovedDocument`, and `InvalidDocument` if it cannot even be read.
    """
    document = await load_handoff(connection, handoff_id)
    source = document.source_agent.agent_id
    try:
        previous = await received_by(connection, source)
    except RemovedDocument:
        previous = None  # the older one's retention ends first
    spend = await load_spend(connection, request_id=document.request_id, agent_id=source)
    return (*find_contradictions(document, previous), *find_token_faults(document, spend))


def find_contradictions(
    document: HandoffDocument, previous: HandoffDocument | None = None
) -> tuple[str, ...]:
    """Where the document contradicts itself; nothing if it does not.

    An item that the document before closed may name a file that is gone by now.
    """
    closed_before = {item.number for item in previous.closed_items} if previous else set()
    return (
        *find_item_faults(document),
        *_missing_files(document, closed_before),
        *_wrong_totals(document),
        *_wrong_beginnings(document),
    )


def _missing_files(document: HandoffDocument, closed_before: set[int]) -> Iterator[str]:
    existing = {file.path for file in document.work_completed}
    for item in document.closed_items:
        for path in item.files:
            if path not in existing and item.number not in closed_before:
                yield (
                    f"todo_list: item {item.number} is closed by {path}, which work_completed does"
                    " not list."
                )


def _wrong_totals(document: HandoffDocument) -> Iterator[str]:
    record = document.token_usage
    parts = (
        record.input_tokens
        + record.output_tokens
        + record.cache_creation_tokens
        + record.cache_read_tokens
    )
    if record.total_tokens != parts:
        yield f"token_usage.total_tokens: is {record.total_tokens}, its parts add up to {parts}."


def _wrong_beginnings(document: HandoffDocument) -> Iterator[str]:
    if document.original_request != document.messages[0]:
        yield "original_request: is not the first of messages."
    if document.chain[-1:] != (document.source_agent.agent_id,):
        yield f"chain: does not end with the source, {document.source_agent.agent_id}."
