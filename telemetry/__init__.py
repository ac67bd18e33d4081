"""One trace a request: spans, events and metrics by the names that operators query.

A process calls `configure` once, after it has forked, and may `flush` before it ends. Everything
else may be called at any time; unconfigured or switched off it costs next to nothing.
"""

from telemetry.configuration import configure, flush, is_on
from telemetry.instrumentation import instrument_flask_app

__all__ = ["configure", "flush", "instrument_flask_app", "is_on"]
