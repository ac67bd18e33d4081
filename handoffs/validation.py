"""A document against the facts. Each fault is a sentence that names the field and the reason."""

from collections.abc import Iterator, Sequence

from handoffs.document import FileRecord, HandoffDocument, storable
from handoffs.facts import HandoffFacts
from handoffs.ledger import Spend

RULES = (
    "source_agent, request_id, user_id and project are those of the work",
    "work_completed lists every file of the workspace with its hash and lines",
    "todo_list closes an item only with files that exist",
    "token_usage equals the ledger",
    "messages holds every message of the user, verbatim and in order",
    "decisions, rejected_alternatives, failed_attempts, constraints and closed items of earlier"
    " documents stay",
    "todo_list drops no item, keeps the user's words, counts from 1 and has an open one; progress"
    " counts the same",
)
"""What a document is held to; every document carries the list."""


def find_faults(document: HandoffDocument, facts: HandoffFacts) -> tuple[str, ...]:
    """All that is wrong with the document; nothing if it is sound."""
    return (
        *_identity_faults(document, facts),
        *_file_faults(document, facts.files),
        *_citation_faults(document, facts),
        *find_token_faults(document, facts.spend),
        *_message_faults(document, facts.messages),
        *find_item_faults(document),
        *(_chain_faults(document, facts, facts.previous) if facts.previous else ()),
    )


def _identity_faults(document: HandoffDocument, facts: HandoffFacts) -> Iterator[str]:
    project_id = document.project.project_id if document.project else None
    for field, found, expected in (
        ("source_agent", document.source_agent.agent_id, facts.source.agent_id),
        ("request_id", document.request_id, facts.source.request_id),
        ("user_id", document.user_id, facts.source.user_id),
        ("project", project_id, facts.source.project_id),
    ):
        if found != expected:
            yield f"{field}: is {found}, the work is that of {expected}."


def _file_faults(document: HandoffDocument, files: Sequence[FileRecord]) -> Iterator[str]:
    existing = {file.path: file for file in files}
    listed = {file.path for file in document.work_completed}
    for file in document.work_completed:
        found = existing.get(file.path)
        if found is None:
            yield f"work_completed: {file.path} is not in the workspace."
        elif found.sha256 != file.sha256:
            yield (
                f"work_completed: {file.path} has the hash {found.sha256[:12]}… in the workspace,"
                f" not {file.sha256[:12]}…."
            )
        elif found != file:
            yield (
                f"work_completed: {file.path} has {found.lines} lines and {found.size_bytes}"
                f" bytes, not {file.lines} and {file.size_bytes}."
            )
    for path in existing.keys() - listed:
        yield f"work_completed: {path} is in the workspace but not listed."


def _citation_faults(document: HandoffDocument, facts: HandoffFacts) -> Iterator[str]:
    existing = {file.path for file in facts.files}
    # A file of an item that was closed earlier may rightly be gone by now.
    earlier = {item.number for item in facts.previous.closed_items} if facts.previous else set()
    for item in document.closed_items:
        for path in item.files:
            if path not in existing and item.number not in earlier:
                yield (
                    f"todo_list: item {item.number} is closed by {path}, which is not in the"
                    " workspace."
                )


def find_token_faults(document: HandoffDocument, spend: Spend) -> Iterator[str]:
    """Where the totals are not those of the ledger."""
    record = document.token_usage
    expected = {
        "calls": spend.calls,
        "known_cost_usd": spend.known_cost_usd,
        "unpriced_calls": spend.unpriced_calls,
        "total_tokens": spend.usage.total,
        **spend.usage.kinds,
    }
    for name, amount in expected.items():
        if getattr(record, name) != amount:
            yield f"token_usage.{name}: is {getattr(record, name)}, the ledger says {amount}."


def _message_faults(document: HandoffDocument, messages: Sequence[str]) -> Iterator[str]:
    said = tuple(map(storable, messages))
    for number, text in enumerate(said, start=1):
        if text not in document.messages:
            yield f"messages: the user's message {number} is missing or not verbatim."
    if set(document.messages) - set(said):
        yield "messages: holds a text that the user did not write."
    elif set(said) == set(document.messages) and document.messages != said:
        yield "messages: are not in the order in which the user wrote them."
    if document.original_request != said[0]:
        yield "original_request: is not the user's first message, verbatim."


def find_item_faults(document: HandoffDocument) -> Iterator[str]:
    """Where the work items or what is said of their progress cannot be right."""
    items, progress = document.todo_list, document.progress
    if [item.number for item in items] != list(range(1, len(items) + 1)):
        yield "todo_list: the items are not numbered from 1 without a gap."
    if not document.open_items:
        yield "todo_list: has no open item, so a successor would have nothing to do."
    if (progress.items_closed, progress.items_total) != (len(document.closed_items), len(items)):
        yield (
            f"progress: says {progress.items_closed} of {progress.items_total} items are closed,"
            f" todo_list says {len(document.closed_items)} of {len(items)}."
        )


def _chain_faults(
    document: HandoffDocument, facts: HandoffFacts, previous: HandoffDocument
) -> Iterator[str]:
    items = {item.number: item for item in document.todo_list}
    for before in previous.todo_list:
        now = items.get(before.number)
        if now is None or (facts.is_fixed(before) and now.description != before.description):
            yield f"todo_list: item {before.number} ({before.description}) was dropped."
        elif before.passes and not now.passes:
            yield (
                f"todo_list: item {before.number} ({before.description}) was closed and is open"
                " again; if something is left to do, make it a new item."
            )
    for field in ("decisions", "rejected_alternatives", "failed_attempts", "constraints"):
        kept = getattr(document, field)
        for one in getattr(previous, field):
            if one not in kept:
                yield f"{field}: lost from the document before: {_named(one)}"
    if document.chain[: len(previous.chain)] != previous.chain:
        yield "chain: does not go on from the document before."


def _named(part: object) -> str:
    """The words of a decision, an alternative, an attempt or a constraint."""
    fields = ("decision", "alternative", "attempt")
    return next((str(getattr(part, name)) for name in fields if hasattr(part, name)), str(part))
