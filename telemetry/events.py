"""What happens to agents at one moment: log records of these names, inside the span around them.

Where a span tells of the same thing, the event is in it: a span's own event, of the same name.
"""

from collections.abc import Mapping

import logfire
from opentelemetry import trace

from telemetry.context import bound_ids
from telemetry.metrics import record_state_transition
from telemetry.tracing import Value, enum_value


def agent_spawned(*, agent_id: str, agent_type: str, version: int, continuation_mode: str) -> None:
    """A new agent exists; `continuation_mode` is fresh, handoff or resumed.

    In `agent_spawn`, which becomes the span of that very agent.
    """
    trace.get_current_span().set_attributes({"agent_id": agent_id, "version": version})
    _add(
        "agent_spawned",
        agent_id=agent_id,
        agent_type=agent_type,
        version=version,
        continuation_mode=continuation_mode,
    )


def agent_terminated(
    *,
    agent_id: str,
    agent_type: str,
    version: int,
    termination_reason: str,
    lifetime_seconds: float,
    total_tokens_used: int,
) -> None:
    """An agent's life has ended, so long after it was spawned; the tokens are of all its calls."""
    _log(
        "agent_terminated",
        agent_id=agent_id,
        agent_type=agent_type,
        version=version,
        termination_reason=termination_reason,
        lifetime_seconds=lifetime_seconds,
        total_tokens_used=total_tokens_used,
        tokens_used=total_tokens_used,
    )


def state_transition(*, agent_id: str, agent_type: str, from_state: str, to_state: str) -> None:
    """An agent has changed its state; counted as well."""
    _log(
        "state_transition",
        agent_id=agent_id,
        agent_type=agent_type,
        from_state=from_state,
        to_state=to_state,
    )
    record_state_transition(agent_type=agent_type, from_state=from_state, to_state=to_state)


def handoff_saved(
    *, handoff_id: str, source_agent_id: str, agent_type: str, data_size_kb: float
) -> None:
    """A handoff document is stored, under its handoff's id. In `database_save:agent_handoff`."""
    _add(
        "handoff_saved",
        handoff_id=handoff_id,
        database_id=handoff_id,
        source_agent_id=source_agent_id,
        agent_type=agent_type,
        data_size_kb=data_size_kb,
        document_size_kb=data_size_kb,
    )


def agent_research_completed(
    *, agent_id: str, agent_type: str, research_topics_count: int, plan_components_count: int
) -> None:
    """An agent knows what it will make."""
    _log(
        "agent_research_completed",
        agent_id=agent_id,
        agent_type=agent_type,
        research_topics_count=research_topics_count,
        plan_components_count=plan_components_count,
    )


def round_judged(*, round: int, outcome: str, blocking: int) -> None:
    """A round of review has an outcome: passed, untried or faulty; `blocking` faults were found."""
    _log("round_judged", round=round, outcome=outcome, blocking=blocking)


def looks_judged(*, round: int, wants_polish: bool, scores: Mapping[str, int]) -> None:
    """QA has judged how an app looks; `scores` are 1 to 5 by criterion."""
    _log(
        "looks_judged",
        round=round,
        wants_polish=wants_polish,
        **{f"looks_{criterion}": score for criterion, score in scores.items()},
    )


def _add(name: str, **attributes: Value) -> None:
    known = {
        key: said for key, value in attributes.items() if (said := enum_value(value)) is not None
    }
    trace.get_current_span().add_event(name, {**bound_ids(), **known})


def _log(name: str, **attributes: Value) -> None:
    logfire.log("info", name, {key: enum_value(value) for key, value in attributes.items()})
