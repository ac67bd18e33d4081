"""Which state may follow which."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoffs.errors import IllegalTransition
from handoffs.states import SUCCESSORS, AgentState, TerminationReason, check_transition

WHOLE_LIFE = [
    AgentState.INITIALIZING,
    AgentState.ACTIVE,
    AgentState.WARNING,
    AgentState.CRITICAL,
    AgentState.HANDOFF_PENDING,
    AgentState.HANDOFF_COMPLETE,
    AgentState.TERMINATED,
]


def test_a_whole_life_is_legal() -> None:
    for before, after in pairwise(WHOLE_LIFE):
        check_transition(before, after)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("ACTIVE", "CRITICAL"),
        ("WARNING", "ACTIVE"),
        ("CRITICAL", "HANDOFF_COMPLETE"),
        ("HANDOFF_COMPLETE", "ACTIVE"),
        ("TERMINATED", "ACTIVE"),
        ("PAUSED", "HANDOFF_PENDING"),
    ],
)
def test_what_leaves_out_a_state_or_goes_back_is_refused(source: str, target: str) -> None:
    with pytest.raises(IllegalTransition, match=f"{source} may be followed by .*not by {target}"):
        check_transition(AgentState(source), AgentState(target))


@given(st.sampled_from(AgentState), st.sampled_from(AgentState))
def test_exactly_the_listed_transitions_pass(source: AgentState, target: AgentState) -> None:
    if target in SUCCESSORS[source]:
        check_transition(source, target)
    else:
        with pytest.raises(IllegalTransition):
            check_transition(source, target)


def test_every_state_can_still_end_and_only_the_end_is_final() -> None:
    for state, successors in SUCCESSORS.items():
        assert (AgentState.TERMINATED in successors) is (state is not AgentState.TERMINATED)


def test_every_state_but_the_first_is_reached_from_another() -> None:
    reached = frozenset[AgentState]().union(*SUCCESSORS.values())
    assert set(AgentState) - reached == {AgentState.INITIALIZING}


def test_the_names_are_those_that_operators_query() -> None:
    assert {reason.value for reason in TerminationReason} == {
        "context_window_exhausted",
        "task_completed",
        "error",
        "manual_termination",
        "orchestrator_shutdown",
        "timeout",
        "resource_cleanup",
        "handoff_complete",
    }
