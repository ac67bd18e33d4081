"""`textcrew cost`: sums of the ledger, in which the unknown stays unknown."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest

from tests.integration.operations_stage import USER, OperationsStage


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    first, second = stage.request(), stage.request()
    stage.call(first, cost="0.10", agent_id="frontend_v1_a", tokens=1000)
    stage.call(first, cost="0.02", agent_id=None, tokens=50, model="claude-haiku-5-5")
    stage.call(first, cost="0.30", agent_id="frontend_v1_a", tokens=2000, age="30 hours")
    stage.call(second, cost=None, agent_id="designer_v1_b", tokens=10, model="house-model")
    stage.call(second, cost="0.01", agent_id="designer_v1_b", tokens=10)
    yield stage
    stage.connection.close()


@pytest.mark.lengthy
def test_a_request_with_an_unknown_price_has_no_cost(stage: OperationsStage) -> None:
    known, unknown = stage.json("cost", "--by", "request")

    assert (known["calls"], Decimal(known["cost_usd"])) == (3, Decimal("0.42"))
    assert known["input_tokens"] == 3050
    assert unknown["cost_usd"] is None
    assert Decimal(unknown["known_cost_usd"]) == Decimal("0.01")
    assert unknown["unpriced_calls"] == 1


@pytest.mark.parametrize(
    ("by", "costs"),
    [
        ("user", {USER: None}),
        ("agent", {"frontend_v1_a": "0.40", "router": "0.02", "designer_v1_b": None}),
        ("model", {"claude-sonnet-5-5": "0.41", "claude-haiku-5-5": "0.02", "house-model": None}),
    ],
)
def test_costs_are_summed_up_by(
    stage: OperationsStage, by: str, costs: dict[str, str | None]
) -> None:
    printed = {row["key"]: row["cost_usd"] for row in stage.json("cost", "--by", by)}

    assert printed == costs


def test_days_are_in_their_order_and_the_last_hours_can_be_picked(stage: OperationsStage) -> None:
    days = stage.json("cost")
    recent = stage.json("cost", "--last", "24h")

    assert [row["key"] for row in days] == sorted(row["key"] for row in days)
    assert sum(row["calls"] for row in days) == 5
    assert sum(row["calls"] for row in recent) == 4


def test_the_table_says_unavailable_and_never_zero(stage: OperationsStage) -> None:
    printed = stage.run("cost", "--by", "model").stdout

    (unknown,) = [line for line in printed.splitlines() if "house-model" in line]
    assert unknown.rstrip().endswith("unavailable")
    assert "$0.0000" not in printed
    (total,) = [line for line in printed.splitlines() if line.startswith("total")]
    assert total.rstrip().endswith("$0.430000, and 1 calls unavailable")


def test_a_duration_that_is_none_is_refused_in_one_sentence(stage: OperationsStage) -> None:
    refused = stage.run("cost", "--last", "yesterday")

    assert refused.returncode == 2
    assert "'yesterday' is not a duration" in refused.stderr

    refused = stage.run("cost", "--last", "999999d")

    assert refused.returncode == 2
    assert "at most 3650d" in refused.stderr
