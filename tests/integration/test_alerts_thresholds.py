"""Each alert fires beyond its threshold and not below."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.alerts.thresholds import alerts_of
from bot.errors import BudgetExhausted
from bot.model.budgets import BudgetLimits, reserved
from bot.settings.groups import Settings
from telemetry.alerts import Finding, all_alerts, find
from tests.budgets import settle
from tests.integration.alerts_stage import (
    BEYOND,
    NAMES,
    Act,
    budget_of_all,
    many_readings,
    paused,
    watched_stage,
    within,
)
from tests.integration.operations_stage import USER, OperationsStage
from tests.settings import changed

pytestmark = pytest.mark.slow  # it starts processes

Pool = AsyncConnectionPool[AsyncConnection]


@pytest.fixture
def stage(
    database_url: str, settings_environment: Mapping[str, str], tmp_path: Path
) -> Iterator[OperationsStage]:
    with watched_stage(database_url, settings_environment, tmp_path) as stage:
        yield stage


def test_every_alert_is_shown_to_fire() -> None:
    assert sorted({name for name, _ in BEYOND}) == NAMES


def test_below_the_thresholds_nothing_fires(stage: OperationsStage) -> None:
    within(stage)

    assert stage.run("alerts").returncode == 0


@pytest.mark.parametrize(("name", "act"), BEYOND)
def test_beyond_its_threshold_an_alert_fires(stage: OperationsStage, name: str, act: Act) -> None:
    act(stage)

    firing = [alert.name for alert in all_alerts() if find(stage.connection, alert)]

    assert name in firing
    assert set(firing) <= {name, "agent_tokens" if name == "cost_per_hour" else name}


def test_an_agent_that_runs_wild_is_named_beside_what_all_users_messages_take(
    stage: OperationsStage,
) -> None:
    many_readings(stage)
    wild = stage.request()
    stage.call(wild, cost="0.1", agent_id="qa_v1_a", tokens=150_001)
    stage.call(wild, cost="0.1", tokens=150_002)

    (alert,) = [alert for alert in all_alerts() if alert.name == "agent_tokens"]
    assert find(stage.connection, alert) == [
        Finding(subject=f"reading of {wild}", value=150_002),
        Finding(subject="qa_v1_a", value=150_001),
    ]


def test_of_answers_that_a_pause_of_sending_keeps_the_pause_tells(stage: OperationsStage) -> None:
    for _ in range(2):
        stage.message(stage.request(age="20 minutes", answered=True), "queued", age="20 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"stuck_requests": 2}

    paused(stage, "25 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"paused": 1}

    stage.request(age="20 minutes")
    assert firing(stage, "stuck_requests", "paused") == {"stuck_requests": 1, "paused": 1}


def test_what_a_pause_has_kept_has_time_to_go_on_once_that_ends(stage: OperationsStage) -> None:
    late = "stuck_requests", "undelivered_messages"
    for what in ("intake", "sending"):
        assert stage.run("pause", what, "--reason", "a storm").returncode == 0
    stage.request(age="20 minutes")
    stage.message(stage.request(age="20 minutes", answered=True), "queued", age="20 minutes")
    for what in ("intake", "sending"):
        assert stage.run("resume", what).returncode == 0
    assert firing(stage, *late) == {}

    stage.connection.execute("UPDATE audit SET at = at - interval '16 minutes'")
    assert firing(stage, *late) == {"stuck_requests": 2, "undelivered_messages": 1}


def test_a_build_that_waits_for_its_user_is_not_stuck_and_neither_is_what_waits_behind_it(
    stage: OperationsStage,
) -> None:
    asking, behind = stage.request(age="2 hours"), stage.request(age="1 hour")
    stage.build(asking)
    stage.connection.execute(
        "UPDATE request SET project_id = (SELECT project_id FROM build) WHERE request_id = ANY(%s)",
        [[asking, behind]],
    )
    assert firing(stage, "stuck_requests") == {"stuck_requests": 2}

    stage.connection.execute("UPDATE build SET waits_until = now() + interval '1 minute'")
    assert firing(stage, "stuck_requests") == {}

    stage.connection.execute("UPDATE build SET waits_until = now() - interval '16 minutes'")
    assert firing(stage, "stuck_requests") == {"stuck_requests": 2}

    stage.connection.execute(
        "INSERT INTO question (build_id, user_id, tool_use_id, position, question, options,"
        " default_answer, answer, answered_at)"
        " SELECT build_id, user_id, 'a', 1, '', '{}', '', 'red', now() FROM build"
    )
    stage.connection.execute("UPDATE build SET waits_until = NULL")
    assert firing(stage, "stuck_requests") == {}


def test_what_hangs_is_told_until_it_ends_however_long_that_takes(stage: OperationsStage) -> None:
    stage.build(stage.request(age="25 hours"), stalled="25 hours")
    both = "stalled_builds", "stuck_requests"
    assert firing(stage, *both) == dict.fromkeys(both, 1)

    stage.connection.execute("UPDATE build SET status = 'failed'")
    stage.connection.execute("UPDATE request SET closed_at = now()")
    assert firing(stage, *both) == {}


def firing(stage: OperationsStage, *names: str) -> dict[str, int]:
    """How much each of these alerts finds, where it finds anything."""
    found = {a.name: len(find(stage.connection, a)) for a in all_alerts() if a.name in names}
    return {name: count for name, count in found.items() if count}


def test_the_days_budget_is_that_of_the_settings(
    stage: OperationsStage, settings: Settings
) -> None:
    budget_of_all(stage, spent="9.5")
    small = changed(settings, TOTAL_DAILY_BUDGET_USD=Decimal(10))

    for wanted, count in ((small, 1), (settings, 0)):
        (alert,) = [
            alert
            for alert in alerts_of(wanted.budgets, wanted.operators)
            if alert.name == "daily_budget"
        ]
        assert len(find(stage.connection, alert)) == count


@pytest.mark.anyio
async def test_a_days_budget_that_refuses_calls_is_told_also_when_its_calls_are_gone(
    stage: OperationsStage, pool: Pool
) -> None:
    """Ten times somebody spends all that they may, is forgotten, and begins anew."""
    (alert,) = [alert for alert in all_alerts() if alert.name == "daily_budget"]
    limits = BudgetLimits(request=Decimal(20), user_day=Decimal(20), total_day=Decimal(200))

    async def spend() -> None:
        request_id = stage.request()
        async with reserved(
            pool, limits, request_id=request_id, user_id=USER, amount=Decimal(20)
        ) as reservation:
            async with pool.connection() as connection:
                await settle(connection, reservation, Decimal(20))
            reservation.is_booked = True
        stage.call(request_id, cost=None)

    for _ in range(10):
        await spend()
        stage.connection.execute("SELECT forget_user(%s, %s)", [USER, stage.request()])
    with pytest.raises(BudgetExhausted, match="total_day"):
        await spend()

    assert find(stage.connection, alert) == [Finding(subject="all requests", value=200)]
