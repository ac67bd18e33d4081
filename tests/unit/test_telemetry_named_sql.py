"""Statements by their names."""

import re
from collections import Counter
from pathlib import Path

import pytest

from telemetry.named_sql import statements

PLACES = [
    ("bot.requests", "lifecycle.sql"),
    ("handoffs", "ledger.sql"),
    ("handoffs", "lifecycle.sql"),
]


@pytest.mark.parametrize(("package", "file"), PLACES)
def test_a_statement_begins_with_its_verb(package: str, file: str) -> None:
    named = statements(package, file)
    assert named
    assert {text.split()[0] for text in named.values()} <= {
        "SELECT", "INSERT", "UPDATE", "DELETE", "WITH"
    }  # fmt: skip


def test_no_two_statements_have_one_name_in_traces() -> None:
    """Those of the stand-ins, which have traces of their own, aside."""
    root = Path(__file__).parents[2]
    names = Counter(
        name
        for room in ("bot", "handoffs", "telemetry")
        for file in (root / room).rglob("*.sql")
        if "sandbox" not in file.parts
        for name in re.findall(r"^-- name: (\w+)$", file.read_text("utf-8"), re.M)
    )

    assert [name for name, count in names.items() if count > 1] == []
