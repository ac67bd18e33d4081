"""Metrics of many processes are one sum in the database, and that is what Prometheus reads."""

import socket
import subprocess
import sys

import psycopg
import pytest

from telemetry.prometheus import exposition

PROCESS = """
import os, sys, time
import telemetry
from telemetry import metrics
from telemetry.metric_totals import totals_reader

telemetry.configure(service_role="worker", environment="development", version="1",
                    logfire_token=None, sends=True,
                    metric_readers=[totals_reader(lambda: os.environ["DATABASE_URL"],
                                                  interval=0.1)])
for seconds in (0.02, 0.2, 700.0):
    metrics.record_agent_invocation(agent_type="qa", outcome="completed", seconds=seconds)
metrics.record_tokens(agent_type="qa", model="claude-sonnet-5-5", input_tokens=5,
                      output_tokens=7, cache_creation_tokens=0, cache_read_tokens=11)
time.sleep(float(sys.argv[1]))
metrics.record_state_transition(agent_type="qa", from_state="ACTIVE", to_state="WARNING")
"""


@pytest.mark.lengthy
def test_what_processes_counted_adds_up(database_url: str) -> None:
    processes = [start(database_url, pause) for pause in ("0", "0.3", "0.5")]
    for process in processes:
        assert process.wait(120) == 0

    lines = read(database_url)

    labels = 'agent_type="qa",outcome="completed"'
    assert f"agent_invocations_total{{{labels}}} 9" in lines
    assert "# TYPE agent_invocations_total counter" in lines
    buckets = [line for line in lines if line.startswith("agent_invocation_duration_seconds_b")]
    counts = {line.split('le="')[1].split('"')[0]: int(line.split()[-1]) for line in buckets}
    assert (counts["0.01"], counts["0.025"], counts["0.25"], counts["300"]) == (0, 3, 6, 6)
    assert counts["+Inf"] == 9
    (total,) = [line for line in lines if line.startswith("agent_invocation_duration_seconds_sum")]
    assert float(total.split()[-1]) == pytest.approx(3 * 700.22)
    tokens = 'tokens_used{agent_type="qa",model="claude-sonnet-5-5",token_type="cache_read"} 33'
    assert tokens in lines
    (moved,) = [line for line in lines if line.startswith("state_transitions{")]
    assert moved.endswith(" 3")


@pytest.mark.lengthy
def test_an_absent_database_costs_nothing_but_the_totals() -> None:
    process = start("postgresql://nobody@127.0.0.1:1/nothing", "0.3")

    assert process.wait(120) == 0


@pytest.mark.lengthy
def test_a_pooler_is_asked_for_nothing_that_it_refuses() -> None:
    """PgBouncer takes no limit of a session's as it begins."""
    with socket.create_server(("127.0.0.1", 0)) as pooler:
        url = f"postgresql://nobody@127.0.0.1:{pooler.getsockname()[1]}/nothing?sslmode=disable"
        process = start(url, "0.3")
        connection, _ = pooler.accept()
        with connection:
            wanted = connection.recv(4_000)
    process.wait(120)

    assert b"nobody" in wanted
    assert b"options" not in wanted


def start(database_url: str, pause: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, pause], env={"DATABASE_URL": database_url}
    )


def read(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return exposition(connection).splitlines()
