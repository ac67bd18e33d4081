"""What a build has used is told once of the request in whose name it ran."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.operating.summaries import read_request
from bot.requests import closing
from bot.requests.closing import close_if_finished
from telemetry import root
from tests.integration.operations_stage import OperationsStage

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {"cost": [], "root": []}
    monkeypatch.setattr(
        closing,
        "record_request_cost",
        lambda *, request_type, cost_usd: told["cost"].append(cost_usd),
    )
    monkeypatch.setattr(root, "emit", lambda _root, **what: told["root"].append(what["attributes"]))
    return told


async def test_each_call_is_counted_once_and_each_failure_is_named(
    stage: OperationsStage, pool: Pool, told: dict[str, list[Any]]
) -> None:
    """A build failed three times: as it was asked for, and at two "try again"; nothing was sent."""

    def request(age: str) -> UUID:
        made = stage.request(age=age, answered=True)
        stage.connection.execute(
            "UPDATE request SET status = 'failed', request_type = 'retry',"
            " work_ended_at = accepted_at + interval '9 minutes'"
            " WHERE request_id = %s",
            [made],
        )
        return made

    first, second, third = request("60 minutes"), request("40 minutes"), request("20 minutes")
    stage.build(first, status="failed")
    stage.connection.execute(
        "UPDATE build SET failure = 'ModelUnavailable', ended_at = now(), retry_request_id = %s",
        [third],
    )
    stage.connection.execute(
        "UPDATE request SET retried_build_id = build_id FROM build"
        " WHERE request.request_id IN (%s, %s)",
        [second, third],
    )
    for age in ("55 minutes", "35 minutes", "15 minutes"):
        stage.call(first, cost="1.00", age=age)

    async with pool.connection() as connection:
        for one in (first, second, third):
            await close_if_finished(connection, one)

    assert told["cost"] == [Decimal("1.00")] * 3
    assert [one["failure_reason"] for one in told["root"]] == [
        "tried_again",
        "tried_again",
        "ModelUnavailable",
    ]


async def test_what_an_operator_reads_of_each_is_what_it_cost(
    stage: OperationsStage, pool: Pool
) -> None:
    """A build that failed and was tried again twice: `textcrew request` of each of the three."""
    first, second, third = (
        stage.request(age=f"{age} minutes", closed=True, answered=True) for age in (60, 40, 20)
    )
    stage.build(first, status="failed")
    stage.connection.execute(
        "UPDATE build SET failure = 'x', ended_at = now(), retry_request_id = %s", [third]
    )
    stage.connection.execute(
        "UPDATE request SET retried_build_id = build_id FROM build"
        " WHERE request.request_id IN (%s, %s)",
        [second, third],
    )
    for age in ("55 minutes", "35 minutes", "15 minutes"):
        stage.call(first, cost="1.00", age=age)

    costs = [
        read_request(stage.connection, one).request.known_cost_usd for one in (first, second, third)
    ]
    assert costs == [Decimal("1.00")] * 3
