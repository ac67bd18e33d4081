"""The states of an agent's life, which may follow which, and why a life ends."""

from enum import StrEnum

from handoffs.errors import IllegalTransition


class AgentState(StrEnum):
    """Where an agent is in its life."""

    INITIALIZING = "INITIALIZING"
    ACTIVE = "ACTIVE"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"
    HANDOFF_PENDING = "HANDOFF_PENDING"
    HANDOFF_COMPLETE = "HANDOFF_COMPLETE"
    TERMINATED = "TERMINATED"
    ERROR = "ERROR"
    PAUSED = "PAUSED"


class TerminationReason(StrEnum):
    """Why an agent's life ended.

    One that has done its task is TASK_COMPLETED, also where it briefs the next role;
    HANDOFF_COMPLETE is what that was called before. Who hands over because its context is full is
    CONTEXT_WINDOW_EXHAUSTED.
    """

    CONTEXT_WINDOW_EXHAUSTED = "context_window_exhausted"
    TASK_COMPLETED = "task_completed"
    ERROR = "error"
    MANUAL_TERMINATION = "manual_termination"
    ORCHESTRATOR_SHUTDOWN = "orchestrator_shutdown"
    TIMEOUT = "timeout"
    RESOURCE_CLEANUP = "resource_cleanup"
    HANDOFF_COMPLETE = "handoff_complete"


S = AgentState

# A window can overflow before any warning, so every working state leads to HANDOFF_PENDING. An
# agent in ERROR may be tried again; a paused one goes back to where its tokens put it.
SUCCESSORS: dict[AgentState, frozenset[AgentState]] = {
    S.INITIALIZING: frozenset({S.ACTIVE, S.PAUSED, S.ERROR, S.TERMINATED}),
    S.ACTIVE: frozenset({S.WARNING, S.HANDOFF_PENDING, S.PAUSED, S.ERROR, S.TERMINATED}),
    S.WARNING: frozenset({S.CRITICAL, S.HANDOFF_PENDING, S.PAUSED, S.ERROR, S.TERMINATED}),
    S.CRITICAL: frozenset({S.HANDOFF_PENDING, S.PAUSED, S.ERROR, S.TERMINATED}),
    S.HANDOFF_PENDING: frozenset({S.HANDOFF_COMPLETE, S.ERROR, S.TERMINATED}),
    S.HANDOFF_COMPLETE: frozenset({S.TERMINATED}),
    S.PAUSED: frozenset({S.ACTIVE, S.WARNING, S.CRITICAL, S.ERROR, S.TERMINATED}),
    S.ERROR: frozenset({S.ACTIVE, S.WARNING, S.CRITICAL, S.TERMINATED}),
    S.TERMINATED: frozenset(),
}


def check_transition(source: AgentState, target: AgentState) -> None:
    """Raise `IllegalTransition` unless `target` may follow `source`."""
    if target not in SUCCESSORS[source]:
        allowed = ", ".join(sorted(SUCCESSORS[source])) or "nothing"
        raise IllegalTransition(f"{source} may be followed by {allowed}, not by {target}")
