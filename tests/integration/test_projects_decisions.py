"""Decisions stay with the app, also those that were noted before they were kept so."""

import json
from collections.abc import Iterator, Mapping

import psycopg
import pytest

from bot.database.migrate import migrate, pending
from bot.database.pools import async_connection_pool
from bot.projects.decisions import LENGTH, Decision, keep_decision, list_decisions
from tests.integration.operations_stage import USER, OperationsStage
from tests.integration.project_story import told_story

pytestmark = pytest.mark.anyio

MIGRATION = "0006.2.decisions"
ROUND = {"decision": "Round sums up, “always” 🙂", "reason": "prices", "rejected": []}


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    yield stage
    stage.connection.close()


def note(number: int, given: Mapping[str, object]) -> tuple[int, str]:
    """A turn's number and its answer, in which a decision is noted."""
    use = {"type": "tool_use", "id": f"toolu_{number}", "name": "note_decision", "input": given}
    return number, json.dumps([{"type": "text", "text": "I note_decision."}, use])


def test_what_was_noted_in_conversations_is_kept_by_the_upgrade(
    stage: OperationsStage, database_url: str
) -> None:
    request = stage.request()
    stage.build(request)
    stage.connection.execute(
        "INSERT INTO agent (agent_id, request_id, user_id, agent_type, version, state, model,"
        " model_window, working_budget, max_output, warning_percentage, critical_percentage,"
        " continuation_mode, opening)"
        " VALUES ('frontend_v1', %s, %s, 'frontend', 1, 'ACTIVE', 'm', 1, 1, 1, 75, 90, 'fresh',"
        " '[]')",
        [request, USER],
    )
    noted = [
        note(1, ROUND),
        note(2, ROUND),
        note(3, {"decision": "NUL \0 is none", "reason": "jsonb does not hold it"}),
        note(4, {"decision": "without a reason"}),
        note(5, {"decision": "x" * 9_000, "reason": "y" * 9_000}),
    ]
    for number, answer in noted:
        stage.connection.execute(
            "INSERT INTO turn (agent_id, number, answer, stop_reason, results)"
            " VALUES ('frontend_v1', %s, %s, 'tool_use', '[]')",
            [number, answer],
        )
    with psycopg.connect(database_url) as connection:  # as the version before had it
        connection.execute("DROP TABLE decision")
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id = %s", [MIGRATION])
    assert pending(database_url) == [MIGRATION]
    migrate(database_url)

    rows = stage.connection.execute(
        "SELECT request_id, decision, reason FROM decision ORDER BY decision_id"
    ).fetchall()
    assert rows == [
        (request, ROUND["decision"], "prices"),
        (request, "x" * LENGTH, "y" * LENGTH),
    ]


async def test_a_decision_is_kept_once_a_build_however_long_it_is(database_url: str) -> None:
    async with (
        async_connection_pool(database_url, max_size=1) as pool,
        told_story(pool) as story,
    ):
        first = await story.ask("Shared costs")
        await story.publish(first, "one")
        cursor = await story.connection.execute("SELECT request_id FROM build")
        ((request_id,),) = await cursor.fetchall()
        for decision in ("short", "\U0001f600" * 9_000, "short"):
            noted = Decision(request_id=request_id, decision=decision, reason="so")
            await keep_decision(story.connection, story.project_id, noted)
        kept = await list_decisions(story.connection, story.project_id)
    assert [one.decision for one in kept] == ["short", "\U0001f600" * LENGTH]
