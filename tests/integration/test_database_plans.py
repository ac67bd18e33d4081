"""No statement of the product reads more of a table the longer the product has been in use.

Each is run with typical values in a database that was filled as after long use, and PostgreSQL
tells what each of its plans has read: those of functions, triggers and foreign keys as well.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql
from psycopg.errors import Diagnostic

from bot.retention.measuring import measure
from bot.settings.groups import RetentionSettings
from tests.large_database import fill
from tests.statement_values import GROWING, SMALL, Statement, all_statements

WORDS = "bot/crew/user_words.sql: words_of_request"
FORGETTING = "bot/intake/forget_user.sql: forget_user"

MESSAGES = 5_000
MOST = 150  # rows that a plan reads of one table; a user has 20 messages, a list 20 lines


@pytest.fixture(scope="module")
def large(shared_database_url: str) -> Iterator[Connection]:
    """A connection to a filled database, on which plans are told."""
    apart, kept = timedelta(hours=3), timedelta(days=300)
    fill(shared_database_url, MESSAGES, apart=apart, kept=kept, more=1_000)
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        connection.execute("LOAD 'auto_explain'")
        for name, value in TELLING.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        yield connection


TELLING = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
    # A small table is scanned where a large one would not be.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


def test_no_statement_reads_more_when_there_is_more(large: Connection) -> None:
    """Nothing scans what grows, but for what is said to."""
    read = {
        str(statement): sorted({line for plan in told for line in read_too_much(plan["Plan"])})
        for statement in all_statements(large)
        for told in [plans_of(large, statement)]
    }
    assert GROWING.keys() <= read.keys()
    assert {name: lines for name, lines in read.items() if lines and name not in GROWING} == {}


def test_a_scan_is_seen(large: Connection) -> None:
    """Also one within a function, and one that an index would have made shorter."""
    with large.transaction(force_rollback=True):
        large.execute("DROP INDEX inbound_message_by_request")
        scanning = [
            str(statement)
            for statement in all_statements(large)
            if str(statement) in {WORDS, FORGETTING}
            and any(
                "inbound_message" in line
                for plan in plans_of(large, statement)
                for line in read_too_much(plan["Plan"])
            )
        ]
    assert scanning == [WORDS, FORGETTING]


def plans_of(connection: Connection, statement: Statement) -> list[dict[str, Any]]:
    """The plans of a statement and of all that it calls; what it changes is taken back."""
    told: list[str] = []

    def note(notice: Diagnostic) -> None:
        _, _, plan = (notice.message_primary or "").partition("plan:\n")
        if plan:
            told.append(plan)

    connection.add_notice_handler(note)
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.text, statement.values or None)
    finally:
        connection.remove_notice_handler(note)
    return [json.loads(plan) for plan in told]


def read_too_much(node: dict[str, Any]) -> Iterator[str]:
    """The tables of which a plan has read many rows, or may have to."""
    if node.get("Relation Name", min(SMALL)) not in SMALL and node["Node Type"].endswith("Scan"):
        read = sum(node.get(kind, 0) for kind in ROWS) * node["Actual Loops"]
        if read > MOST or node["Node Type"] == "Seq Scan":
            yield f"{node['Node Type']} on {node['Relation Name']}: {read:g} rows"
    for child in node.get("Plans", []):
        yield from read_too_much(child)


ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


def test_of_many_rows_about_how_many_is_told(large: Connection) -> None:
    """`textcrew data` counts ten thousand, and knows of the rest what the statistics say."""
    settings = RetentionSettings()
    rows = {one.kind: one.rows for one in measure(large, settings)}
    ((calls,), (turns,)) = (
        row
        for table in ("model_call", "turn")
        for row in large.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    )
    assert calls > 10_001
    assert (rows["calls"], rows["turns"]) == (calls, turns)
