"""What is kept beside what retention goes by goes as well."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.intake.forget_user import drop_what_was_kept
from bot.retention.kinds import KINDS
from bot.retention.removing import remove_older
from tests.integration.operations_stage import USER, OperationsStage

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
BEFORE = datetime.now(UTC) - timedelta(days=10)


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


def ended_build(stage: OperationsStage, status: str = "stopped") -> UUID:
    request_id = stage.request(age="40 days", closed=True, answered=True)
    stage.build(request_id, status=status)
    stage.connection.execute(
        "UPDATE build SET created_at = now() - interval '40 days',"
        " ended_at = now() - interval '40 days'"
    )
    return request_id


async def remove_all(pool: Pool) -> None:
    for kind in KINDS:
        await remove_older(pool, kind, before=BEFORE)


async def test_what_an_agent_was_told_that_never_answered_goes_as_well(
    stage: OperationsStage, pool: Pool
) -> None:
    """Its build was stopped, or the model was away, before the first answer: it has no turn."""
    request_id = ended_build(stage)
    stage.connection.execute(
        "INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state, model,"
        " model_window, working_budget, max_output, warning_percentage, critical_percentage,"
        " continuation_mode, opening, spawned_at, terminated_at, termination_reason)"
        " VALUES ('designer_v1_abc', %s, %s, 'designer', 1, 'TERMINATED', 'claude', 1000, 1000,"
        " 100, 75, 90, 'fresh', %s, now() - interval '40 days', now() - interval '40 days',"
        " 'manual_termination')",
        [request_id, USER, '[{"type": "text", "text": "words of the user and of a paper"}]'],
    )

    await remove_all(pool)

    ((opening,),) = stage.connection.execute("SELECT opening FROM agent").fetchall()
    assert opening == "[]"


async def test_the_pictures_of_a_check_that_took_no_views_go_as_well(
    stage: OperationsStage, pool: Pool
) -> None:
    """It broke off before the screens were taken: there is no `trial_view`."""
    ended_build(stage)
    stage.connection.execute(
        "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report, picture, failure,"
        " tried_at) SELECT build_id, 'm', 'l', 'null', '{}', 'PNG of the app', 'PNG of a failure',"
        " now() - interval '40 days' FROM build"
    )

    await remove_all(pool)

    rows = stage.connection.execute("SELECT picture, failure FROM trial").fetchall()
    assert rows == [(None, None)]


async def test_what_twilio_says_of_the_message_of_somebody_forgotten_goes(
    stage: OperationsStage, pool: Pool
) -> None:
    """Their goodbye is delivered after their rows are gone; its id leads to them at Twilio."""
    stage.connection.execute("SELECT note_status('SM1', 'delivered', NULL, NULL)")
    async with pool.connection() as connection:
        await drop_what_was_kept(connection)
        assert stage.connection.execute("SELECT count(*) FROM early_status").fetchone() == (1,)
        stage.connection.execute("UPDATE early_status SET received_at = now() - interval '2 days'")
        await drop_what_was_kept(connection)
    assert stage.connection.execute("SELECT count(*) FROM early_status").fetchone() == (0,)
