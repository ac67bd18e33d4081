"""Every query of the cookbook gives the numbers that a scripted day put in, on both engines."""

import json
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from bot.cli.dashboard import dashboard
from telemetry.cookbook import cookbook
from telemetry.store.formats import arrow_answer
from telemetry.store.query_result import QueryResult
from telemetry.store.querying import ask
from tests.integration.scripted_day import ANNA, BERT, CLEO, HAIKU, HOUSE, SONNET

pytestmark = pytest.mark.xdist_group("scripted day")

ROOT = Path(__file__).parents[2]
REQUESTS = [f"00000000-0000-0000-0000-{number:012}" for number in range(6)]
CONVERSATIONS = [f"00000000-0000-0000-0000-{200 + number:012x}" for number in range(6)]
TOKENS_BY_REQUEST = ((1, 15_910), (2, 1_010), (3, 1_410), (4, 410), (5, 410))


def first_hour() -> datetime:
    """The full hour that the day begins at: some hours ago, not across midnight."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    return hour - timedelta(hours=1) if hour.hour == 23 else hour


BEGIN = first_hour()


def _plain(value: Any) -> Any:
    """Times as text, numbers of all kinds as one."""
    match value:
        case datetime():
            return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        case int():
            return float(value)
        case _:
            return value


def at(seconds: float, *, begin: datetime = BEGIN) -> str:
    """A moment of the day as answers have it."""
    return str(_plain(begin + timedelta(seconds=seconds)))


DAY = at(0, begin=BEGIN.replace(hour=0))
HANDED_OVER = "context_window_exhausted"

EXPECTED: dict[str, list[list[Any]]] = {
    "agents-per-request": [["full_build", 2, 4.5, 6], ["bug_fix", 1, 1.0, 1]],
    "cost-per-finished-app": [["full_build", 1, 0.5505, 0.5505, 0.5505]],
    "first-pass-rate": [[DAY, 2, 1, 50.0]],
    "handoff-load-duration": [["frontend", 1, 0.125, 0.125, 0.125]],
    "time-to-first-answer": [["build", 2, 23.875, 23.875, 43.1125]],
    "wait-for-user": [["full_build", 1, 2.0, 2.0]],
    "agent-lifetime": [
        ["frontend", 4, 9.25, 26.65, 31.0],
        ["code_reviewer", 2, 3.0, 3.0, 3.0],
        ["designer", 1, 2.0, 2.0, 2.0],
        ["devops", 1, 1.0, 1.0, 1.0],
        ["qa", 2, 0.0, 0.0, 0.0],
    ],
    "cache-hit-rate": [
        ["frontend", 12_200, 8_000, 65.5737705],
        ["router", 2_000, 0, 0.0],
        ["designer", 1_000, 0, 0.0],
    ],
    "completion-at-handoff": [[HANDED_OVER, 1, 60.0, 60.0, 60.0]],
    "cost-by-agent": [
        ["frontend_v1_a", 1, 9_000, 0.3, 0],
        ["frontend_v2_a", 1, 5_000, 0.2, 0],
        ["designer_v1_a", 1, 1_500, 0.05, 0],
        ["frontend_v1_b", 1, 600, 0.01, 0],
        [None, 5, 2_050, 0.0025, 0],
        ["frontend_v1_c", 1, 1_000, None, 1],
    ],
    "cost-by-hour": [[at(3600), 6, 3_240, 0.012, 1], [at(0), 4, 15_910, 0.5505, 0]],
    "cost-by-model": [
        [SONNET, 4, 16_100, 0.56, 0],
        [HAIKU, 5, 2_050, 0.0025, 0],
        [HOUSE, 1, 1_000, None, 1],
    ],
    "cost-by-request": [
        [REQUESTS[1], 4, 15_910, 0.5505, 0],
        [REQUESTS[2], 2, 1_010, 0.0105, 0],
        [REQUESTS[3], 2, 1_410, 0.0005, 1],
        [REQUESTS[4], 1, 410, 0.0005, 0],
        [REQUESTS[5], 1, 410, 0.0005, 0],
    ],
    "cost-by-user": [
        [ANNA, 5, 16_320, 0.551, 0],
        [BERT, 3, 1_420, 0.011, 0],
        [CLEO, 2, 1_410, 0.0005, 1],
    ],
    "delivery-failures": [["63016", "failed", 1, 1, at(3652.25), at(3652.25)]],
    "error-rate-by-agent": [
        ["frontend", 19, 2, 10.5263158],
        ["code_reviewer", 6, 0, 0.0],
        ["designer", 4, 0, 0.0],
        ["devops", 3, 0, 0.0],
        ["qa", 6, 0, 0.0],
        ["router", 5, 0, 0.0],
    ],
    "handoff-documents": [[1, 12.5, 12.5, 4.0, 2.0, 0.0, 0.25, 0.25]],
    "handoffs-by-reason": [[HANDED_OVER, 1, 0, 150_000.0, 0.25]],
    "handoffs-per-user-and-day": [[DAY, ANNA, 1]],
    "looks": [[1, 1, 1, 1, 2.0, 3.0, 4.0, 5.0], [2, 1, 0, 0, 4.0, 3.0, 4.0, 5.0]],
    "most-expensive-operations": [
        [at(4), 0.3, "send_message", "frontend_v1_a", 9_000, 31.0, REQUESTS[1]],
        [at(35.25), 0.2, "send_message", "frontend_v2_a", 5_000, 2.0, REQUESTS[1]],
        [at(2), 0.05, "send_message", "designer_v1_a", 1_500, 2.0, REQUESTS[1]],
        [at(3650.25), 0.01, "send_message", "frontend_v1_b", 600, 2.0, REQUESTS[2]],
        [at(0), 0.0005, "route", None, 410, 2.0, REQUESTS[1]],
        [at(3648.25), 0.0005, "route", None, 410, 2.0, REQUESTS[2]],
        [at(3652.75), 0.0005, "route", None, 410, 2.0, REQUESTS[3]],
        [at(3661.75), 0.0005, "route", None, 410, 2.0, REQUESTS[4]],
        [at(3664.25), 0.0005, "route", None, 410, 2.0, REQUESTS[5]],
    ],
    "publication-success": [[DAY, 2, 1, 50.0]],
    "requests-by-workflow": [
        ["full_build", 2, 28.625, 28.625, 46.2875, 47.8575],
        ["bug_fix", 1, 4.5, 4.5, 4.5, 4.5],
    ],
    "review-rounds": [[1, 1], [2, 1]],
    "slow-tasks": [[at(4), 31.0, "frontend work", "frontend_v1_a", "OK", REQUESTS[1]]],
    "spawn-rate": [
        [at(3600), "frontend", 2, 2, 0],
        [at(3600), "qa", 2, 2, 0],
        [at(0), "code_reviewer", 2, 2, 0],
        [at(0), "designer", 1, 1, 0],
        [at(0), "devops", 1, 1, 0],
        [at(0), "frontend", 2, 1, 1],
    ],
    "state-transitions": [["INITIALIZING", "ACTIVE", 10, 10], ["ACTIVE", "TERMINATED", 9, 9]],
    "termination-reasons": [
        ["task_completed", "code_reviewer", 2, 0.0],
        ["task_completed", "frontend", 2, 2_500.0],
        ["task_completed", "qa", 2, 0.0],
        [HANDED_OVER, "frontend", 1, 9_000.0],
        ["task_completed", "designer", 1, 1_500.0],
        ["task_completed", "devops", 1, 0.0],
    ],
    "threshold-events": [
        [at(35), "warning", "frontend_v1_a", 75.0, 50_000, "told the person", REQUESTS[1]]
    ],
    "tokens-by-agent": [
        ["frontend_v1_a", "frontend", 1, 9_000, 10.0],
        ["frontend_v2_a", "frontend", 1, 5_000, 10.0],
        ["designer_v1_a", "designer", 1, 1_500, 10.0],
        ["frontend_v1_c", "frontend", 1, 1_000, 10.0],
        ["frontend_v1_b", "frontend", 1, 600, 10.0],
    ],
    "tokens-by-agent-type": [
        ["frontend", 4, 4_200, 3_400, 0, 8_000, 15_600],
        ["router", 5, 2_000, 50, 0, 0, 2_050],
        ["designer", 1, 1_000, 500, 0, 0, 1_500],
    ],
    "unfinished-requests": [[at(3664.25), REQUESTS[5], BERT, f"{5:032x}", 1, at(3666.25)]],
    "workflow-success-rate": [["full_build", 2, 1, 0, 1, 50.0], ["bug_fix", 1, 0, 1, 0, 0.0]],
    # Its ids are random; see the test of its own.
    "request-tree": [],
}


@pytest.fixture(scope="module")
def day_url(shared_database_url: str) -> str:
    """A database in which the day was played."""
    command = [sys.executable, "-m", "tests.integration.scripted_day", shared_database_url]
    played = subprocess.run([*command, str(int(BEGIN.timestamp()))], cwd=ROOT, check=False)
    assert played.returncode == -signal.SIGKILL
    return shared_database_url


def answer(url: str, query: str) -> QueryResult:
    with psycopg.connect(url, autocommit=True) as connection:
        return ask(connection, query, min_timestamp=None, limit=10_000)


def close_to(rows: list[list[Any]]) -> list[list[Any]]:
    return [[pytest.approx(v) if isinstance(v, float) else v for v in row] for row in rows]


def test_every_query_of_the_cookbook_is_expected_to_say_something() -> None:
    assert EXPECTED.keys() == cookbook().keys()


@pytest.mark.lengthy
@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {"request-tree"}))
def test_a_query_gives_the_numbers_of_the_day(day_url: str, name: str) -> None:
    assert answer(day_url, cookbook()[name].sql).rows == close_to(EXPECTED[name])


@pytest.mark.lengthy
def test_a_dashboard_of_logfires_asks_the_questions_of_the_cookbook(day_url: str) -> None:
    spec = json.loads(printed("logfire"))["spec"]

    places = [item for layout in spec["layouts"] for item in layout["spec"]["items"]]
    assert {place["content"]["$ref"] for place in places} == {
        f"#/spec/panels/{name}" for name in spec["panels"]
    }
    assert spec["panels"].keys() == EXPECTED.keys() - {"request-tree"}
    for name, panel in spec["panels"].items():
        (asked,) = panel["spec"]["queries"]
        query = asked["spec"]["plugin"]["spec"]["query"]
        assert answer(day_url, query).rows == close_to(EXPECTED[name]), name


@pytest.mark.lengthy
def test_a_dashboard_of_grafanas_asks_them_of_the_time_that_is_looked_at(day_url: str) -> None:
    panels = json.loads(printed("grafana"))["panels"]

    titles = {cookbook()[name].title: name for name in EXPECTED}
    assert {panel["title"] for panel in panels} == titles.keys() - {"The tree of a request"}
    with psycopg.connect(day_url, autocommit=True) as connection:
        for panel in panels:
            (target,) = panel["targets"]
            name = titles[panel["title"]]
            for when, expected in (("<", close_to(EXPECTED[name])), (">", NOTHING.get(name, []))):
                query = target["rawSql"].replace(IN_TIME, f"start_timestamp {when} now()")
                rows = [
                    [_plain(float(value) if isinstance(value, Decimal) else value) for value in row]
                    for row in connection.execute(query.encode()).fetchall()
                ]
                assert rows == expected, name


IN_TIME = "$__timeFilter(start_timestamp)"
NOTHING: dict[str, list[list[Any]]] = {"handoff-documents": [[0, *[None] * 7]]}
"""What is answered where there is nothing, unless it is no row."""


def printed(product: str) -> str:
    result = CliRunner().invoke(dashboard, [product])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.lengthy
def test_the_tree_holds_a_request_whole_or_as_far_as_it_came(day_url: str) -> None:
    tree = cookbook()["request-tree"]

    whole = answer(day_url, tree.filled_in({"request_id": REQUESTS[1]}))
    latest = answer(day_url, tree.sql)

    messages = [row[2] for row in whole.rows]
    assert {"user_request", "workflow:full_build", "agent_handoff", "delivery:published"} <= set(
        messages
    )
    ids = {row[6] for row in whole.rows}
    assert [row[2] for row in whole.rows if row[7] not in ids] == ["user_request"]
    assert sorted((row[2], row[3], row[1]) for row in latest.rows) == [
        ("token_usage:route", "span", 2),
        ("user_request", "pending_span", None),
        ("workflow:full_build", "pending_span", None),
    ]


def test_the_older_form_of_query_is_answered_by_the_view(day_url: str) -> None:
    query = """
        SELECT span_name, duration_ms, completion_percentage, tokens_used FROM spans
        WHERE span_name = 'agent_handoff' AND timestamp > NOW() - INTERVAL '24 hours'
          AND completion_percentage > 50 ORDER BY timestamp DESC"""
    assert answer(day_url, query).rows == [["agent_handoff", 250.0, 60.0, 150_000]]


SESSIONS = [[CONVERSATIONS[number], tokens] for number, tokens in TOKENS_BY_REQUEST]

OLDER: list[list[list[Any]] | int] = [
    1,  # columns are not looked at where there are all
    0,
    [[60.0]],
    [[250.0]],
    4,
    [["bug_fix", 2_000.0, 1], ["full_build", 15_750.0, 3]],
    [["designer", 10.0, 1], ["frontend", 10.0, 4], ["router", 10.0, 5]],
    0,
    [[HANDED_OVER, 1]],
    [["token_usage", 19_150]],
    SESSIONS,
    19,
]
"""What each of the older queries answers: its rows in their order, or how many they are."""


@pytest.mark.lengthy
def test_the_older_queries_run_as_they_were_written(day_url: str) -> None:
    text = (Path(__file__).parent / "older_queries.sql").read_text("utf-8")
    queries = [query for query in text.split(";") if query.strip()]
    recent = "INTERVAL '1 hour'"  # the day of the script is some hours ago

    assert len(queries) == len(OLDER) == 12
    for query, expected in zip(queries, OLDER, strict=True):
        rows = answer(day_url, query.replace(recent, "INTERVAL '24 hours'")).rows
        if isinstance(expected, int):
            assert len(rows) == expected, query
        else:
            found = sorted([[_plain(value) for value in row] for row in rows], key=str)
            assert found == close_to(sorted(expected, key=str)), query


@pytest.mark.lengthy
def test_levels_may_be_named_in_capitals(day_url: str) -> None:
    query = "SELECT count(*) FROM records WHERE level {comparison}"
    failed = answer(day_url, query.format(comparison="= 'error'")).rows

    assert failed != [[0]]
    for comparison in ("= 'ERROR'", ">= 'ERROR'", "IN ('ERROR', 'FATAL')", "= 17"):
        assert answer(day_url, query.format(comparison=comparison)).rows == failed
    rest = answer(day_url, query.format(comparison="<> 'ERROR'")).rows
    assert answer(day_url, query.format(comparison="< 'ERROR'")).rows == rest


@pytest.mark.lengthy
def test_the_engine_of_logfire_gives_the_same(day_url: str) -> None:
    """DataFusion is that engine; what Logfire adds to it is added here in two lines.

    Its percentiles are approximate, so those columns are left out.
    """
    datafusion = pytest.importorskip("datafusion")
    pa = pytest.importorskip("pyarrow")

    text = pa.string()

    def json_text(documents: Any, keys: Any) -> Any:
        pairs = zip(documents.to_pylist(), keys.to_pylist(), strict=True)
        found = (json.loads(document).get(key) if document else None for document, key in pairs)
        texts = [v if v is None or isinstance(v, str) else json.dumps(v) for v in found]
        return pa.array(texts, text)

    engine = datafusion.SessionContext()
    engine.register_udf(datafusion.udf(json_text, [text, text], text, "immutable", "json_text"))
    for table in ("records", "records_all"):
        stream = pa.ipc.open_stream(arrow_answer(answer(day_url, f"SELECT * FROM {table}")))
        engine.register_record_batches(table, [stream.read_all().to_batches()])

    for name, query in cookbook().items():
        dialect = re.sub(r"((?:\w+\.)?attributes)->>('[^']+')", r"json_text(\1, \2)", query.sql)
        dialect = re.sub(r"time_bucket\(('[^']+')", r"date_bin(INTERVAL \1", dialect)
        theirs = engine.sql(dialect).to_arrow_table().to_pylist()
        ours = answer(day_url, query.sql)
        exact = [column.name for column in ours.columns if not re.match(r"p\d\d_", column.name)]
        names = [column.name for column in ours.columns]
        expected = [dict(zip(names, row, strict=True)) for row in ours.rows]
        assert [[_plain(row[column]) for column in exact] for row in theirs] == close_to(
            [[_plain(row[column]) for column in exact] for row in expected]
        ), name
