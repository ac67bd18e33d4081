"""A share of the traces is sent whole, by all processes alike; what matters of the others, too."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import pytest

from telemetry.root import Root, mint_root
from tests.otlp_receiver import OtlpReceiver, otlp_receiver

pytestmark = pytest.mark.slow  # it starts processes

REQUESTS = 60

PROCESS = """
import json, sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
import telemetry
from telemetry import events, spans, tracing
from telemetry.root import Root, attach, emit, open_root
from opentelemetry.sdk.trace import SpanProcessor

class Kept(SpanProcessor):
    ended = Counter()
    def on_end(self, span):
        self.ended[span.attributes.get("task_name", span.name)] += 1

telemetry.configure(service_role="worker", environment="development", version="1",
                    logfire_token="pylf_v1_local_0123456789abcdef", sends=True,
                    sample_rate=float(sys.argv[1]), span_processors=[Kept()])
for line in sys.stdin:
    known = json.loads(line)
    started_at = datetime.fromisoformat(known["started_at"])
    root = Root(**{**known, "started_at": started_at})
    open_root(root, {})
    with attach(root):
        with spans.trace_operation("Execution Phase", execution_type="quiet"):
            events.state_transition(agent_id="a", agent_type="qa", from_state="ACTIVE",
                                    to_state="WARNING")
        with spans.trace_operation("Execution Phase", execution_type="costly"):
            with spans.trace_token_usage(agent_type="qa", operation_name="send_message") as span:
                spans.set_token_usage(span, input_tokens=1, output_tokens=1,
                                      cache_creation_tokens=0, cache_read_tokens=0,
                                      thinking_tokens=0,
                                      cost_usd=Decimal("0.25"))
        with spans.trace_operation("Execution Phase", execution_type="failing"):
            with spans.trace_delivery(kind="reply", parts=1) as span:
                tracing.mark_failed(span, "the message failed")
    if sys.argv[2] == "ends":
        emit(root, ended_at=datetime.now(started_at.tzinfo), attributes={}, error=None)
for done in (0, 3):
    with spans.trace_periodic_task(task_name=f"done {done}") as span:
        with spans.trace_operation("Execution Phase", execution_type="below"):
            spans.set_done(span, done)
print(json.dumps(Kept.ended))
"""


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as listening:
        yield listening


def work(receiver: OtlpReceiver, roots: Sequence[Root], rate: float, what: str) -> dict[str, int]:
    """Let a process work on the requests; returns how many spans of a name it has kept."""
    lines = [json.dumps(asdict(root), default=str) for root in roots]
    process = subprocess.run(
        [sys.executable, "-c", PROCESS, str(rate), what],
        input="\n".join(lines).encode(),
        env={**os.environ, **receiver.environment()},
        timeout=60,
        check=True,
        stdout=subprocess.PIPE,
    )
    kept: dict[str, int] = json.loads(process.stdout.splitlines()[-1])
    return kept


def test_traces_are_whole_or_reduced_to_what_matters(receiver: OtlpReceiver) -> None:
    roots = [mint_root() for _ in range(REQUESTS)]

    for what in ("goes on", "ends"):  # two processes work on each request
        work(receiver, roots, 0.5, what)

    by_trace = defaultdict(list)
    for span in receiver.everything:
        if span.kind != "pending_span" and "task_name" not in span.attributes:
            by_trace[span.trace_id].append(span)
    assert set(by_trace) == {root.trace_id for root in roots}
    sizes = {len(spans) for spans in by_trace.values()}
    whole, reduced = 2 * 6 + 1, 2 * 4 + 1
    assert sizes == {whole, reduced}
    for spans in by_trace.values():
        ids = {span.span_id for span in spans}
        assert [s.name for s in spans if s.parent_span_id and s.parent_span_id not in ids] == []
        assert "user_request" in {span.name for span in spans}
        kinds = {span.attributes.get("execution_type") for span in spans}
        assert {"costly", "failing"} <= kinds
        assert ("quiet" in kinds) == (len(spans) == whole)
        assert ("state_transition" in {s.name for s in spans}) == (len(spans) == whole)


@pytest.mark.parametrize(("rate", "size"), [(1.0, 7), (0.0, 5)])
def test_all_traces_or_none_are_whole(receiver: OtlpReceiver, rate: float, size: int) -> None:
    kept = work(receiver, [mint_root() for _ in range(5)], rate, "ends")

    ended = [span for span in receiver.everything if span.kind != "pending_span"]
    periodic = [span.attributes["task_name"] for span in ended if "task_name" in span.attributes]
    assert len(ended) - len(periodic) == 5 * size
    # What is thinned out is what is sent: what is kept here is whole.
    assert periodic == (["done 3"] if rate else [])
    assert kept == {
        "user_request": 5,
        "Execution Phase": 15,
        "state_transition": 5,
        "token_usage": 5,
        "delivery": 5,
        "done 3": 1,
    }
