"""A build is kept in our own database as the same trace that goes to Logfire, and can be asked."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from logfire.query_client import LogfireQueryClient

from tests.acceptance.stack import Stack, announced, eventually
from tests.forked_program import run_forked
from tests.otlp_receiver import OtlpReceiver

UUID_IN_IT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


def test_the_kept_trace_is_the_one_that_is_sent(stack: Stack, receiver: OtlpReceiver) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    root = receiver.span("user_request", within=60)
    stack.disturb().stop()  # each process sends and writes the last of it

    sent = {
        (span.span_id, span.parent_span_id, span.name, span.kind)
        for span in receiver.everything
        if span.trace_id == root.trace_id and span.kind != "pending_span"
    }
    kept = {
        (row["span_id"], row["parent_span_id"], row["span_name"], row["kind"])
        for row in stack.rows(
            "SELECT * FROM records WHERE trace_id = %(id)s AND kind <> 'span_event'",
            {"id": root.trace_id},
        )
    }
    assert kept == sent
    assert len(kept) > 50
    of_the_trace = "SELECT span_name FROM records WHERE trace_id = %(id)s"
    by_name = Counter(
        row["span_name"]
        for row in stack.rows(
            f"{of_the_trace} AND otel_scope_name <> 'textcrew.sql'", {"id": root.trace_id}
        )
    )
    assert by_name.total() <= 130, by_name  # what is slow here is not slow elsewhere
    assert by_name["agent_brief"] == 3
    assert by_name["agent_handoff"] == 0
    assert not [name for name in by_name if name.startswith("anthropic.models")]
    assert not [name for name in by_name if UUID_IN_IT.search(name)], "ids are attributes"
    opened = (
        "SELECT count(*) AS n FROM records_all WHERE kind = 'pending_span' AND span_id = %(id)s"
    )
    assert stack.rows(opened, {"id": root.span_id})[0]["n"] >= 1
    orphans = """
        SELECT span_name FROM records AS child
        WHERE trace_id = %(id)s AND parent_span_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM records AS parent
            WHERE parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id)"""
    assert stack.rows(orphans, {"id": root.trace_id}) == []


def test_costs_of_the_records_are_those_of_the_ledger(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("Build me a counter")
    phone.wait_for(announced, 60)
    (ledger,) = stack.rows(
        "SELECT request_id::text, count(*) AS calls, sum(cost_usd)::float8 AS cost FROM model_call"
        " GROUP BY 1"
    )
    finished = (
        "SELECT FROM records WHERE span_name = 'user_request'"
        " AND attributes->>'request_id' = %(request_id)s"
    )
    eventually(lambda: stack.rows(finished, ledger), "the root span is kept")

    command = ["bot.cli.main", "query", "cost-by-request", "--json"]
    asked = run_forked(command, stack.environment)
    # The last records of whoever had this system before may have come after it was emptied.
    (row,) = [row for row in json.loads(asked.stdout) if row["request_id"] == ledger["request_id"]]
    assert row["calls"] == ledger["calls"]
    assert row["cost_usd"] == pytest.approx(ledger["cost"], abs=0.000_001)

    since = datetime.now(UTC) - timedelta(hours=1)
    with LogfireQueryClient("acceptance-operator-token", base_url=stack.public_url) as client:
        answer = client.query_json_rows(
            "SELECT DISTINCT attributes->>'model' AS model FROM records"
            " WHERE span_name = 'token_usage' ORDER BY 1",
            min_timestamp=since,
        )
    assert [row["model"] for row in answer["rows"]] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
