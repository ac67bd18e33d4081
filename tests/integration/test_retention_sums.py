"""Costs stay what they were when their calls have become sums of days."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.intake.forget_user import finish_forgetting, forget_user
from bot.model.cost_report import list_spending
from bot.retention.removing import remove_older
from handoffs.costs import Dimension
from tests.integration.operations_stage import USER, OperationsStage

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

BEFORE = datetime.now(UTC) - timedelta(days=10)
LASTING: tuple[Dimension, ...] = ("user", "model", "day")


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    """A finished build of long ago, one that failed then, and a request of today."""
    stage = OperationsStage(database_url, settings_environment)
    finished, failed, fresh = (stage.request(age="20 days", closed=True) for _ in range(3))
    stage.build(finished, status="completed")
    stage.build(failed, status="failed")
    for cost in ("0.10", "0.20", "0.30", None):
        stage.call(finished, cost=cost, agent_id="a", age="20 days")
    stage.call(finished, cost="0.40", model="claude-haiku-5-5", age="12 days")
    stage.call(failed, cost="0.50", agent_id="b", age="20 days")
    stage.call(fresh, cost="0.60", age="1 second")
    stage.connection.execute(
        "UPDATE request SET project_id = build.project_id, work_ended_at = closed_at"
        " FROM build WHERE build.request_id = request.request_id"
    )
    stage.connection.execute(
        "INSERT INTO budget_account (account, user_id, spent)"
        " SELECT 'request:' || request_id, %s, sum(cost_usd) FROM model_call GROUP BY request_id",
        [USER],
    )
    yield stage
    stage.connection.close()


def rows(stage: OperationsStage, query: str) -> list[Any]:
    return [row[0] for row in stage.connection.execute(query.encode()).fetchall()]


def costs(stage: OperationsStage, by: str) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in stage.json("cost", "--by", by)}


@pytest.mark.lengthy
async def test_costs_by_user_model_and_day_and_those_of_the_chat_stay(
    stage: OperationsStage, pool: Pool
) -> None:
    (project_id,) = rows(stage, "SELECT project_id FROM build WHERE status = 'completed'")
    before = [costs(stage, by) for by in LASTING]
    async with pool.connection() as connection:
        told = await list_spending(connection, USER, project_id)

    assert await remove_older(pool, "calls", before=BEFORE, rows_a_step=2) == 5

    assert rows(stage, "SELECT count(*) FROM model_call") == [2]
    assert rows(stage, "SELECT calls::int FROM calls_of_day ORDER BY calls") == [1, 4]
    assert [costs(stage, by) for by in LASTING] == before
    async with pool.connection() as connection:
        assert await list_spending(connection, USER, project_id) == told
    assert told["ever"].known_cost_usd == Decimal("2.10")
    assert (told["project"].known_cost_usd, told["project"].unpriced_calls) == (Decimal("1.00"), 1)
    assert told["today"].known_cost_usd == Decimal("0.60")


@pytest.mark.lengthy
async def test_requests_and_agents_of_old_calls_are_one_line(
    stage: OperationsStage, pool: Pool
) -> None:
    await remove_older(pool, "calls", before=BEFORE)

    for by in ("request", "agent"):
        assert costs(stage, by)["summed up"]["calls"] == 5
    assert "b" in costs(stage, "agent")


@pytest.mark.lengthy
async def test_accounts_go_with_their_calls_and_nothing_is_amiss(
    stage: OperationsStage, pool: Pool
) -> None:
    def faults() -> list[Any]:
        found = {row["name"]: row["faults"] for row in stage.json("verify")}
        return list(found["budgets_are_the_ledger"]) + list(found["no_strangers"])

    assert faults() == []
    await remove_older(pool, "calls", before=BEFORE, rows_a_step=1, steps=2)
    assert rows(stage, "SELECT count(*) FROM budget_account") == [2]
    assert faults() == []
    await remove_older(pool, "calls", before=BEFORE)
    assert rows(stage, "SELECT count(*) FROM budget_account") == [2]
    assert faults() == []


@pytest.mark.lengthy
@pytest.mark.parametrize("status", ["failed", "stopped"])
async def test_calls_of_builds_that_nobody_tries_again_come_to_an_end(
    stage: OperationsStage, pool: Pool, status: str
) -> None:
    age = (
        "UPDATE build SET status = %s, ended_at = now() - %s::interval WHERE status <> 'completed'"
    )
    before = [costs(stage, by) for by in LASTING]

    stage.connection.execute(age.encode(), [status, "9 days"])  # tried again in vain
    assert await remove_older(pool, "calls", before=BEFORE) == 5
    stage.connection.execute(age.encode(), [status, "19 days"])
    assert await remove_older(pool, "calls", before=BEFORE) == 1

    assert [costs(stage, by) for by in LASTING] == before
    assert rows(stage, "SELECT sum(calls)::int FROM calls_of_day") == [6]
    assert rows(stage, "SELECT count(*) FROM budget_account") == [1]
    assert [row["faults"] for row in stage.json("verify") if row["faults"]] == []


async def test_two_workers_at_once_sum_up_every_call_once(
    stage: OperationsStage, pool: Pool
) -> None:
    removed = await asyncio.gather(
        *(remove_older(pool, "calls", before=BEFORE, rows_a_step=1) for _ in range(3))
    )

    assert sum(removed) == 5
    assert rows(stage, "SELECT sum(known_cost_usd) FROM calls_of_day") == [Decimal("1.00")]
    assert rows(stage, "SELECT sum(calls)::int FROM calls_of_day") == [5]


async def test_a_user_who_is_forgotten_leaves_no_sums(stage: OperationsStage, pool: Pool) -> None:
    await remove_older(pool, "calls", before=BEFORE)
    goodbye = stage.request()
    async with pool.connection() as connection:
        await forget_user(connection, USER, goodbye)
        await finish_forgetting(connection)

    assert rows(stage, "SELECT count(*) FROM contact") == [0]
    assert rows(stage, "SELECT count(*) FROM calls_of_day") == [0]
