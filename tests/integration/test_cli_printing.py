"""What strangers wrote does nothing to an operator's terminal, whichever command prints it."""

import csv
import io
import json
import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import anyio
import psycopg
import pytest
from psycopg import AsyncConnection

from bot.cli import main
from bot.cli.commands import COMMANDS
from handoffs.ledger import load_spend, record_call
from handoffs.lifecycle import record_usage, spawn_agent
from handoffs.tokens import Usage
from telemetry.cost import price
from telemetry.logs import log_to_stderr
from tests.handoff_examples import BUDGET, PROJECT_ID, closing, hand_on, some_facts, some_notes
from tests.integration.operations_stage import USER, OperationsStage

# The title of the window, a colour, a bell, C1's CSI, a return, an override and an isolate.
ACTS = "\x1b]0;owned\x07\x1b[31m\x9b2J\rx\x7f\u202egnp\u2066\u200f\u061c\u2028"
HOSTILE = f"Ann {ACTS}\n\tsays [red]नमस्ते 👩‍💻"
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

USED = Usage(input_tokens=100, output_tokens=50, cache_read_tokens=150_000)

# What is listed, and whether a stranger's words are to be seen in it.
LISTINGS: list[tuple[list[str], bool]] = [
    (["handoffs", "list"], False),
    (["handoffs", "show", "HANDOFF"], True),
    (["handoffs", "validate", "HANDOFF"], False),
    (["handoffs", "validate", "FILE"], True),
    (["agents"], False),
    (["jobs"], True),
    (["deliveries"], True),
    (["deliveries", "--body"], True),
    (["cost", "--by", "model"], True),
    (["cost", "--by", "user"], False),
    (["alerts"], True),
    (["data"], False),
    (["status"], True),
    (["request", "REQUEST"], True),
    (["user", USER], False),
    (["cancel", "REQUEST", "--reason", HOSTILE], False),
    (["audit-log"], True),
    (["raise-budget", USER, "1"], False),
    (["requirements", "PROJECT"], True),
    (["doctor"], True),
    (["verify", "--grace", "1s"], False),
    (["query", "SELECT message, attributes FROM records"], True),
    (["query", "SELECT span_id, parent_span_id, message FROM records"], True),
    (["query", 'SELECT 1 AS "[red]\x1b[31m"'], True),
    (["query", "--list"], False),
    (["query", "SELECT 1", "--sql"], False),
    (["export-user", USER], False),
    (["erase-user", USER, "--yes"], False),
]
NO_LISTINGS = {"demo", "worker", "migrate", "reconcile", "dashboard"} | {
    "retry",
    "resend",
    "pause",
    "resume",
}


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """Where the words of a stranger stand."""

    handoff_id: str
    project_id: str
    request_id: UUID
    file: Path

    def filled_in(self, arguments: list[str]) -> list[str]:
        names = {
            "HANDOFF": self.handoff_id,
            "PROJECT": self.project_id,
            "FILE": str(self.file),
            "REQUEST": str(self.request_id),
        }
        return [names.get(argument, argument) for argument in arguments]


@pytest.fixture
def poisoned(
    database_url: str,
    settings_environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Poisoned:
    for name, value in ({**settings_environment, "LOCAL_RECORDS": "true"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LOGFIRE_READ_TOKEN", raising=False)
    request_id = _fill(database_url)
    handoff_id, document = anyio.run(_hand_over, database_url, request_id)
    file = tmp_path / "document.json"
    document["schema_version"] = HOSTILE
    file.write_text(json.dumps(document))
    with psycopg.connect(database_url) as connection:
        ((project_id,),) = connection.execute("SELECT project_id FROM build").fetchall()
    return Poisoned(
        handoff_id=handoff_id, project_id=str(project_id), request_id=request_id, file=file
    )


def _fill(database_url: str) -> UUID:
    stage = OperationsStage(database_url, {})
    with stage.connection:
        request_id = stage.request(age="2 hours")
        stage.call(request_id, cost="9.99", agent_id=f"qa_{HOSTILE}", tokens=20_000, model=HOSTILE)
        stage.build(request_id)
        stage.message(request_id, "failed", age="1 minute")
        execute = stage.connection.execute
        execute("UPDATE project SET title = %s", [HOSTILE])
        execute("UPDATE outbox SET body = %(text)s, error_message = %(text)s", {"text": HOSTILE})
        execute("INSERT INTO sending_halt (reason) VALUES (%s)", [HOSTILE])
        execute(
            "INSERT INTO requirement (project_id, number, build_id, request_id, source, kind,"
            " words) SELECT project_id, 99, build_id, request_id, 'message', 'does', %s FROM build",
            [HOSTILE],
        )
        execute("SELECT enqueue_job('build', 'run_build', %s, '{}')", [HOSTILE])
        execute(
            "INSERT INTO job_failure (job_id, error) SELECT id, %s FROM procrastinate_jobs",
            [HOSTILE],
        )
        execute("SELECT telemetry.make_day(current_date)")
        execute(
            "INSERT INTO telemetry.record (start_timestamp, end_timestamp, duration, level, kind,"
            " span_name, message, trace_id, span_id, is_exception, attributes, otel_status_code,"
            " otel_resource_attributes, service_name)"
            " VALUES (now(), now(), 99, 'info', 'span', %(text)s, %(text)s, 't', 's', false,"
            " jsonb_build_object('said', %(text)s::text), 'OK', '{}', 'textcrew-worker')",
            {"text": HOSTILE},
        )
    return request_id


async def _hand_over(url: str, request_id: UUID) -> tuple[str, dict[str, object]]:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        agent = await spawn_agent(
            connection,
            request_id=request_id,
            user_id=USER,
            project_id=PROJECT_ID,
            agent_type="frontend",
            model="claude-sonnet-5-5",
            budget=BUDGET,
            opening="[]",
        )
        await record_call(
            connection,
            request_id=request_id,
            user_id=USER,
            agent_id=agent.agent_id,
            operation="turn",
            model=agent.model,
            outcome="tool_use",
            usage=USED,
            cost_usd=price(agent.model, **USED.kinds),
        )
        agent, _ = await record_usage(connection, agent, USED)
        spend = await load_spend(connection, request_id=request_id, agent_id=agent.agent_id)
        facts = replace(some_facts(agent, messages=(HOSTILE,)), spend=spend)
        noted = some_notes(closing(1, "index.html"), decisions=(HOSTILE,))
        made = await hand_on(connection, facts, noted)
        return str(made.document.handoff_id), json.loads(made.document.to_json())


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """All that a command writes to the terminal, also when it fails."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["textcrew", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
    code = ended.value.code
    streams = capsys.readouterr()
    return streams.out + streams.err + (code if isinstance(code, str) else "")


def test_every_command_that_lists_is_tried() -> None:
    assert {arguments[0] for arguments, _ in LISTINGS} == COMMANDS.keys() - NO_LISTINGS


@pytest.mark.lengthy
def test_no_listing_lets_a_strangers_words_act(
    poisoned: Poisoned, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, is_seen in LISTINGS:
        text = printed(capsys, *poisoned.filled_in(arguments))
        assert text.strip(), arguments
        assert not ACTIVE.search(text), arguments
        assert (r"\u001b" in text) == is_seen, arguments
        assert "[red]" in text or not is_seen, arguments


def test_a_document_keeps_its_lines_and_tabs(
    poisoned: Poisoned, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, "handoffs", "show", poisoned.handoff_id)

    assert "says [red]नमस्ते 👩‍💻" in text
    assert "\tsays" in text
    assert text.count("\n") > 20


@pytest.mark.lengthy
def test_json_and_csv_stay_what_they_are(
    poisoned: Poisoned, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT message FROM records"
    for arguments in (
        ["handoffs", "show", poisoned.handoff_id, "--json"],
        ["jobs", "--json"],
        ["deliveries", "--body", "--json"],
        ["agents", "--json"],
        ["alerts", "--json"],
        ["doctor", "--json"],
        ["query", sql, "--json"],
    ):
        text = printed(capsys, *arguments)
        assert not ACTIVE.search(text), arguments
        json.loads(text)
    assert json.loads(printed(capsys, "query", sql, "--json"))[0]["message"] == HOSTILE
    (_, (message,)) = csv.reader(io.StringIO(printed(capsys, "query", sql, "--csv")))
    assert not ACTIVE.search(message)


def test_nothing_else_prints(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(main.__file__).parent
    writes = re.compile(
        r"click\.(echo|secho|style|confirm)|Console\(|\bprint\(|sys\.std(out|err)\.w"
    )
    found = {path.name for path in folder.glob("*.py") if writes.search(path.read_text("utf-8"))}
    assert found == {"printing.py"}


def test_a_line_of_the_log_is_one_that_acts_on_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers.clear()
    try:
        log_to_stderr("INFO")
        logging.getLogger("bot").warning("it said %s", ACTS)
    finally:
        root.handlers[:] = before
    said = capsys.readouterr().err
    assert r"it said \u001b]0;owned" in said
    assert not ACTIVE.search(said)
