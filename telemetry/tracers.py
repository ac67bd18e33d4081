"""Tracers that are made once: Logfire makes, and remembers, another one each time it is asked."""

from opentelemetry import trace
from opentelemetry.trace import Tracer, TracerProvider

_of: tuple[TracerProvider, dict[str, Tracer]] | None = None


def tracer(name: str) -> Tracer:
    """The tracer of that name, as telemetry is set up now."""
    global _of
    provider = trace.get_tracer_provider()
    if _of is None or _of[0] is not provider:
        _of = (provider, {})
    known = _of[1]
    if name not in known:
        known[name] = provider.get_tracer(name)
    return known[name]
