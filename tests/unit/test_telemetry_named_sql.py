"""Statements by their names."""

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
