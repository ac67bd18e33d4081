"""Facts and an agent's notes become a document, and what earlier documents closed stays closed.

By construction nothing of a chain is lost: decisions, constraints and work items of the previous
document are the start, the agent's notes are added to them.
"""

from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from handoffs.agent_notes import AgentNotes, NotedItem
from handoffs.document import (
    AgentReference,
    Decision,
    DownstreamConsumer,
    FailedAttempt,
    HandoffDocument,
    Progress,
    RejectedAlternative,
    TokenRecord,
    UpstreamDependency,
    WorkItem,
)
from handoffs.errors import InvalidDocument
from handoffs.facts import HandoffFacts
from handoffs.states import TerminationReason
from handoffs.validation import RULES

T = TypeVar("T")

LAST_ITEM = "Compare the result with the user's words, fix what is missing and finish the task."


def compose(
    facts: HandoffFacts, notes: AgentNotes | None, reason: TerminationReason
) -> HandoffDocument:
    """The document, not yet addressed to a target; from the facts alone without notes.

    Raises `InvalidDocument` when the notes name an item that is not on record.
    """
    source, previous = facts.source, facts.previous
    items = _work_items(facts, notes.todo_list if notes else [])
    return HandoffDocument(
        handoff_id=facts.handoff_id,
        trace_id=facts.trace_id,
        request_id=source.request_id,
        conversation_id=facts.conversation_id,
        user_id=source.user_id,
        created_at=facts.created_at,
        reason=reason,
        source_agent=AgentReference(
            agent_id=source.agent_id, agent_type=source.agent_type, version=source.version
        ),
        target_agent=None,
        chain=(*(previous.chain if previous else ()), source.agent_id),
        platform=facts.platform,
        workflow=facts.workflow,
        project=facts.project,
        original_request=facts.messages[0],
        messages=facts.messages,
        task_description=facts.task_description,
        progress=_progress(facts.phase, items),
        decisions=_decisions(facts, notes),
        rejected_alternatives=_rejected(facts, notes),
        work_completed=facts.files,
        work_in_progress=notes.work_in_progress if notes else _half_done(facts),
        todo_list=items,
        tool_state=facts.turns.tools,
        assumptions=_joined(
            previous.assumptions if previous else (), notes.assumptions if notes else ()
        ),
        constraints=_joined(
            previous.constraints if previous else (),
            facts.constraints,
            notes.constraints if notes else (),
        ),
        upstream_dependencies=_upstream(facts),
        downstream_consumers=_downstream(facts),
        errors=facts.turns.errors,
        known_faults=facts.known_faults,
        failed_attempts=_failed_attempts(facts, notes),
        last_check=facts.last_check,
        quality_metrics=_quality(facts),
        validation_rules=RULES,
        token_usage=_token_record(facts),
    )


def _work_items(facts: HandoffFacts, noted: Iterable[NotedItem]) -> tuple[WorkItem, ...]:
    """The items on record with what was noted of them, then the new ones.

    New words for an open item replace the old ones, but not the user's own and not the task: what
    is said under its number is a piece of it.
    """
    on_record = facts.items_on_record
    items = {item.number: item for item in on_record}
    numbers = {_key(item.description): item.number for item in on_record}
    for item in noted:
        number = item.number
        if number is None or _is_piece_of_task(facts, items.get(number), item):
            number = numbers.get(_key(item.description))
            if number is not None and items[number].passes and not item.passes:
                continue  # what is closed is not opened by its words alone
        if number is None:
            number = len(items) + 1
            numbers[_key(item.description)] = number
            items[number] = WorkItem(number=number, description=item.description)
        if number not in items:
            raise InvalidDocument(
                f"todo_list: there is no item {number} on record, there are 1 to {len(on_record)}."
            )
        known = items[number]
        keeps_words = facts.is_fixed(known) or not item.description.strip()
        items[number] = WorkItem(
            number=number,
            description=known.description if keeps_words else item.description,
            passes=item.passes,
            files=tuple(item.files),
        )
    if all(item.passes for item in items.values()):
        last = len(items) + 1
        items[last] = WorkItem(number=last, description=LAST_ITEM)
    return tuple(items.values())


def _is_piece_of_task(facts: HandoffFacts, known: WorkItem | None, item: NotedItem) -> bool:
    """Whether it says under the task's number what is left of the task."""
    if known is None or known.passes or item.passes:
        return False
    is_task = known.description == facts.task_description
    return is_task and _key(item.description) not in {"", _key(known.description)}


def _key(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".")


def _progress(phase: str, items: tuple[WorkItem, ...]) -> Progress:
    closed = sum(item.passes for item in items)
    return Progress(
        phase=phase,
        items_closed=closed,
        items_total=len(items),
        completion_percentage=round(100 * closed / len(items), 1),
    )


def _decisions(facts: HandoffFacts, notes: AgentNotes | None) -> tuple[Decision, ...]:
    before = facts.previous.decisions if facts.previous else ()
    noted = [
        Decision(decision=one.decision, reason=one.reason, made_by=facts.source.name)
        for one in (notes.decisions if notes else ())
    ]
    return _first_of_each(attrgetter("decision"), before, facts.decisions, noted)


def _rejected(facts: HandoffFacts, notes: AgentNotes | None) -> tuple[RejectedAlternative, ...]:
    before = facts.previous.rejected_alternatives if facts.previous else ()
    noted = [
        RejectedAlternative(alternative=one.alternative, reason=one.reason)
        for one in (notes.rejected_alternatives if notes else ())
    ]
    return _first_of_each(attrgetter("alternative"), before, facts.rejected, noted)


def _failed_attempts(facts: HandoffFacts, notes: AgentNotes | None) -> tuple[FailedAttempt, ...]:
    before = facts.previous.failed_attempts if facts.previous else ()
    noted = [
        FailedAttempt(attempt=one.attempt, outcome=one.outcome)
        for one in (notes.failed_attempts if notes else ())
    ]
    return _first_of_each(attrgetter("attempt"), before, noted)


def _half_done(facts: HandoffFacts) -> str:
    tools = facts.turns.tools
    told = f"{facts.source.name} left no notes. It took {tools.turns} turns"
    return f"{told}; its last tool was {tools.last_tool}." if tools.last_tool else f"{told}."


def _joined(*lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain(*lists)))


def _first_of_each(key: Callable[[T], str], *lists: Iterable[T]) -> tuple[T, ...]:
    kept: dict[str, T] = {}
    for one in chain(*lists):
        kept.setdefault(key(one), one)
    return tuple(kept.values())


def _upstream(facts: HandoffFacts) -> tuple[UpstreamDependency, ...]:
    """Each part as it is by now; one of which nothing is left is gone."""
    before = facts.previous.upstream_dependencies if facts.previous else ()
    latest = {one.name: one for one in (*before, *facts.upstream)}
    return tuple(one for one in latest.values() if one.content)


def _downstream(facts: HandoffFacts) -> tuple[DownstreamConsumer, ...]:
    before = facts.previous.downstream_consumers if facts.previous else ()
    return facts.downstream or before


def _quality(facts: HandoffFacts) -> dict[str, float]:
    return {
        "files": len(facts.files),
        "lines": sum(file.lines for file in facts.files),
        "size_bytes": sum(file.size_bytes for file in facts.files),
        "tool_calls": sum(facts.turns.tools.calls.values()),
        "tool_errors": len(facts.turns.errors),
        **facts.quality,
    }


def _token_record(facts: HandoffFacts) -> TokenRecord:
    spend, status = facts.spend, facts.source.status
    return TokenRecord(
        calls=spend.calls,
        input_tokens=spend.usage.input_tokens,
        output_tokens=spend.usage.output_tokens,
        cache_creation_tokens=spend.usage.cache_creation_tokens,
        cache_read_tokens=spend.usage.cache_read_tokens,
        total_tokens=spend.usage.total,
        known_cost_usd=spend.known_cost_usd,
        unpriced_calls=spend.unpriced_calls,
        occupancy=facts.source.occupancy,
        working_budget=status.budget.limit,
        usage_percentage=min(status.usage_percentage, 100.0),
    )
