"""`textcrew agents` and `textcrew handoffs`: filters, documents, verdicts."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import pytest
from click.testing import CliRunner, Result
from psycopg import AsyncConnection

from bot.cli.main import textcrew
from bot.retention.removing import SQL
from bot.settings.groups import Settings
from handoffs.document import ProjectPart
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import record_usage, spawn_agent
from handoffs.tokens import Usage
from telemetry.cost import price
from tests.handoff_examples import BUDGET, closing, hand_on, some_facts, some_notes
from tests.users import add_user

USER = "0123456789abcdef0123456789abcdef"
REQUEST = UUID("00000000-0000-4000-8000-000000000001")
PROJECT = UUID("00000000-0000-4000-8000-000000000002")
USED = Usage(input_tokens=100, output_tokens=50, cache_read_tokens=150_000)


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the fixture put into the database."""

    handoff_id: UUID
    source: str
    target: str
    document: dict[str, Any]


@pytest.fixture(autouse=True)
def environment(
    settings: Settings, settings_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def made(database_url: str) -> Made:
    return anyio.run(_make, database_url)


async def _make(url: str) -> Made:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await add_user(connection, USER)
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '0', '0', 1)",
            [REQUEST, USER],
        )
        agent = await spawn_agent(
            connection,
            request_id=REQUEST,
            user_id=USER,
            project_id=PROJECT,
            agent_type="frontend",
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
        await record_call(
            connection,
            request_id=REQUEST,
            user_id=USER,
            agent_id=agent.agent_id,
            operation="turn",
            model=agent.model,
            outcome="tool_use",
            usage=USED,
            cost_usd=price(agent.model, **USED.kinds),
        )
        agent, _ = await record_usage(connection, agent, USED)
        spend = await load_spend(connection, request_id=REQUEST, agent_id=agent.agent_id)
        project = ProjectPart(project_id=PROJECT, title="Todo")
        facts = replace(some_facts(agent), spend=spend, project=project)
        made = await hand_on(connection, facts, some_notes(closing(1, "index.html")))
        return Made(
            handoff_id=made.document.handoff_id,
            source=made.source.agent_id,
            target=made.target.agent_id,
            document=json.loads(made.document.to_json()),
        )


def run(*arguments: str, standard_input: str | None = None) -> Result:
    return CliRunner().invoke(textcrew, arguments, input=standard_input)


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.output))


def test_agents_are_listed_with_state_and_tokens(made: Made) -> None:
    listed = {row["agent_id"]: row for row in rows("agents")}

    assert listed.keys() == {made.source, made.target}
    source = listed[made.source]
    assert (source["state"], source["termination_reason"]) == (
        "TERMINATED",
        "context_window_exhausted",
    )
    assert (source["tokens"], source["calls"]) == (USED.total, 1)
    assert source["usage_percentage"] == pytest.approx(100 * USED.occupancy / BUDGET.usable, abs=1)
    assert made.source in run("agents").output


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--alive"], "target"),
        (["--state", "INITIALIZING"], "target"),
        (["--reason", "context_window_exhausted"], "source"),
        (["--type", "frontend", "--state", "TERMINATED"], "source"),
    ],
)
def test_agents_can_be_filtered(made: Made, filters: list[str], found: str) -> None:
    assert [row["agent_id"] for row in rows("agents", *filters)] == [getattr(made, found)]


@pytest.mark.parametrize(
    "filters",
    [
        ["--user", USER[:6]],
        ["--request", str(REQUEST)[:8]],
        ["--since", "2h"],
        ["--since", "yesterday"],
    ],
)
def test_agents_of_a_user_a_request_and_a_time(made: Made, filters: list[str]) -> None:
    assert len(rows("agents", *filters)) == 2
    assert "Nothing fits that." in run("agents", "--since", "2100-01-01").output


@pytest.mark.parametrize(
    "filters",
    [
        [],
        ["--user", USER],
        ["--request", str(REQUEST)],
        ["--reason", "context_window_exhausted"],
        ["--type", "frontend"],
        ["--since", "2025-01-01", "--until", "2027-01-01"],
    ],
)
def test_handoffs_can_be_filtered(made: Made, filters: list[str]) -> None:
    assert [row["handoff_id"] for row in rows("handoffs", "list", *filters)] == [
        str(made.handoff_id)
    ]
    assert rows("handoffs", "list", *filters, "--type", "designer") == []


def test_a_moment_that_is_none_is_refused(made: Made) -> None:
    assert "neither like 30m" in run("handoffs", "list", "--since", "lately").output


def test_a_document_is_shown_as_markdown_and_as_json(made: Made) -> None:
    shown = run("handoffs", "show", str(made.handoff_id)[:8])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"# Handoff {made.source} → {made.target}")

    shown = run("handoffs", "show", str(made.handoff_id), "--json")
    assert json.loads(shown.output) == made.document


def test_an_id_of_nothing_is_said_to_be_so(made: Made) -> None:
    result = run("handoffs", "show", "ffffffff")
    assert result.exit_code == 1
    assert "There is no handoff ffffffff." in str(result.exception)


def test_a_stored_document_is_sound(made: Made) -> None:
    result = run("handoffs", "validate", str(made.handoff_id))
    assert (result.exit_code, result.output) == (0, f"{made.handoff_id} is sound.\n")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema_version": 99}, "schema_version: 99 is not known"),
        ({"user_id": 7}, "user_id: Input should be a valid string."),
        ({"work_completed": []}, "todo_list: item 1 is closed by index.html, which work_completed"),
        ({"original_request": "Something else"}, "original_request: is not the first of messages"),
        ({"chain": []}, "chain: does not end with the source"),
    ],
)
def test_a_bad_document_is_refused_with_field_and_reason(
    made: Made, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    file = tmp_path / "document.json"
    file.write_text(json.dumps({**made.document, **change}))

    result = run("handoffs", "validate", str(file))

    assert result.exit_code == 1
    assert sentence in result.output


def test_totals_that_do_not_add_up_are_named(made: Made) -> None:
    record = {**made.document["token_usage"], "total_tokens": 1}
    text = json.dumps({**made.document, "token_usage": record})

    result = run("handoffs", "validate", "-", standard_input=text)

    assert result.exit_code == 1
    assert "token_usage.total_tokens: is 1, its parts add up to 150150." in result.output


def test_truncated_json_is_named(made: Made) -> None:
    text = json.dumps(made.document)[:-40]

    result = run("handoffs", "validate", "-", "--json", standard_input=text)

    assert result.exit_code == 1
    (fault,) = json.loads(result.output)["faults"]
    assert fault.startswith("document: not complete JSON")


async def _set_ledger(url: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE model_call SET output_tokens = 51")


def test_a_stored_document_is_held_against_the_ledger(made: Made, database_url: str) -> None:
    anyio.run(_set_ledger, database_url)

    result = run("handoffs", "validate", str(made.handoff_id))

    assert result.exit_code == 1
    assert "token_usage.output_tokens: is 50, the ledger says 51." in result.output


def test_what_is_neither_a_file_nor_a_handoff_is_refused_in_one_sentence(made: Made) -> None:
    result = run("handoffs", "validate", "x" * 300)

    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "Traceback" not in result.output


def test_of_a_removed_document_its_retention_is_said_to_be_over(
    made: Made, database_url: str
) -> None:
    anyio.run(_remove_documents, database_url)

    shown = CliRunner().invoke(textcrew, ["handoffs", "show", str(made.handoff_id)])
    listed = CliRunner().invoke(textcrew, ["handoffs", "list", "--json"])

    assert shown.exit_code == 1
    assert "its retention is over" in str(shown.exception)
    assert [row["handoff_id"] for row in json.loads(listed.stdout)] == [str(made.handoff_id)]


async def _remove_documents(url: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("UPDATE agent SET terminated_at = coalesce(terminated_at, now())")
        await connection.execute("UPDATE request SET closed_at = now()")
        cursor = await connection.execute(
            SQL["remove_handoffs"],
            {"before": datetime.now(UTC) + timedelta(days=365), "limit": 10},
        )
        assert cursor.rowcount == 1
