"""Which spans are recorded at all."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class _NoLonelyCalls(Sampler):
    """Drops roots that are calls to a database or a service.

    Such a call is made for no request or task: a queue asking for jobs, a pool checking its
    connections. There are many of them, and they tell nothing.
    """

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return ALWAYS_ON.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        return "NoLonelyCalls"


SAMPLER: Sampler = ParentBased(root=_NoLonelyCalls())
"""Traces are whole or absent: what is below a recorded span is recorded."""
