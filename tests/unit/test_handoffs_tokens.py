"""Spend, occupancy and thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoffs.errors import InvalidBudget
from handoffs.tokens import (
    Threshold,
    Usage,
    WorkingBudget,
    estimate_tokens,
    thresholds_crossed,
)

CALL = Usage(input_tokens=10, output_tokens=5, cache_creation_tokens=3, cache_read_tokens=100)
BUDGET = WorkingBudget(window=1_000_000, working_budget=200_000, max_output=16_000)

counts = st.integers(min_value=0, max_value=10**9)
usages = st.builds(
    Usage,
    input_tokens=counts,
    output_tokens=counts,
    cache_creation_tokens=counts,
    cache_read_tokens=counts,
)
budgets = st.builds(
    WorkingBudget,
    window=st.integers(40_000, 1_000_000),
    working_budget=st.integers(2_000, 1_000_000),
    max_output=st.integers(1, 39_999),
    warning=st.floats(1, 80),
    critical=st.floats(81, 100),
)


def test_the_prompt_counts_what_the_cache_held_too() -> None:
    assert CALL.prompt == 113
    assert CALL.occupancy == 118


@given(usages, usages, usages)
def test_usages_add_up_in_any_order(a: Usage, b: Usage, c: Usage) -> None:
    assert (a + b) + c == c + (b + a)
    assert (a + b).total == a.total + b.total


def test_forty_calls_of_a_growing_conversation_occupy_only_what_the_last_one_sends() -> None:
    calls = [
        Usage(input_tokens=500, output_tokens=750, cache_read_tokens=1_200 * n) for n in range(40)
    ]
    spent = sum(calls, Usage())
    assert spent.total > 4 * BUDGET.limit
    assert BUDGET.status(calls[-1].occupancy).threshold is Threshold.OK


@pytest.mark.parametrize(
    ("percent", "threshold"),
    [
        (0, "OK"),
        (74.9, "OK"),
        (75, "WARNING"),
        (89.9, "WARNING"),
        (90, "CRITICAL"),
        (180, "CRITICAL"),
    ],
)
def test_thresholds_are_reached_at_their_percentage(percent: float, threshold: str) -> None:
    assert BUDGET.status(round(BUDGET.usable * percent / 100)).threshold == threshold


def test_pending_results_count_before_the_model_has_seen_them() -> None:
    status = BUDGET.status(100_000, pending=70_000)
    assert status.threshold is Threshold.CRITICAL
    assert status.remaining_tokens == BUDGET.usable - 170_000
    assert status.usage_percentage == 92.39


def test_the_window_caps_the_working_budget() -> None:
    budget = WorkingBudget(window=50_000, working_budget=200_000, max_output=16_000)
    assert budget.limit == 50_000
    assert budget.usable == 34_000


def test_a_small_working_budget_keeps_half_of_itself_beside_a_long_answer() -> None:
    budget = WorkingBudget(window=1_000_000, working_budget=8_000, max_output=32_000)
    assert budget.usable == 4_000


@given(budgets)
def test_an_answer_of_full_length_always_fits_the_window(budget: WorkingBudget) -> None:
    assert 0 < budget.usable <= budget.window - budget.max_output


@given(budgets, counts, counts)
def test_a_fuller_context_never_has_a_lower_threshold(
    budget: WorkingBudget, occupancy: int, more: int
) -> None:
    before, after = budget.status(occupancy), budget.status(occupancy + more)
    assert after.threshold.rank >= before.threshold.rank
    assert after.remaining_tokens <= before.remaining_tokens


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"working_budget": 1_999}, "working_budget is 1999"),
        ({"max_output": 0}, "max_output is 0"),
        ({"max_output": 1_000_000}, "max_output is 1000000"),
        ({"warning": 90.0, "critical": 75.0}, "warning is 90 %"),
        ({"warning": 0.0}, "warning is 0 %"),
        ({"critical": 101.0}, "critical 101 %"),
        ({"warning": float("nan")}, "warning is nan %"),
    ],
)
def test_numbers_that_cannot_work_are_refused_by_name(
    changes: dict[str, float], named: str
) -> None:
    numbers: dict[str, float] = {
        "window": 1_000_000,
        "working_budget": 200_000,
        "max_output": 16_000,
    }
    with pytest.raises(InvalidBudget, match=named):
        WorkingBudget(**(numbers | changes))  # type: ignore[arg-type]  # wrong on purpose


def test_crossing_two_thresholds_at_once_names_both_lowest_first() -> None:
    assert thresholds_crossed(Threshold.OK, Threshold.CRITICAL) == (
        Threshold.WARNING,
        Threshold.CRITICAL,
    )
    assert thresholds_crossed(Threshold.CRITICAL, Threshold.WARNING) == ()


def test_an_estimate_is_careful_with_every_script() -> None:
    assert estimate_tokens(["abc" * 100, "日本"]) == 102
    assert estimate_tokens([]) == 0
