"""Spans that are told again later: which one that is, and that there may be none."""

import os
import subprocess
import sys

import logfire

from telemetry.corrections import current_span

# Below a request's root, in a process that has not switched telemetry on.
SILENT = """
import logfire
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
from telemetry.corrections import current_span

root = NonRecordingSpan(SpanContext(trace_id=1, span_id=2, is_remote=True))
with use_span(root), logfire.span("silent"):
    print(current_span())
"""


def test_a_span_that_runs_is_known_by_its_id_and_its_beginning() -> None:
    with logfire.span("outer"):
        place = current_span()

    assert place is not None
    assert len(place.span_id) == 16


def test_nothing_is_to_be_told_again_where_nothing_is_recorded() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SILENT],
        env={**os.environ, "LOGFIRE_IGNORE_NO_CONFIG": "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "None\n"
    assert current_span() is None
