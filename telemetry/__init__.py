"""One trace a request: spans, events and metrics by the names that operators query.

A process calls `configure` once, after it has forked, and may `flush` before it ends. Everything
else may be called at any time; unconfigured or switched off it costs next to nothing.

What stands here is imported when it is first asked for: Logfire takes longer than a listing, which
needs `telemetry.named_sql` alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.configuration import configure, flush, is_on
    from telemetry.instrumentation import instrument_flask_app

__all__ = ["configure", "flush", "instrument_flask_app", "is_on"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "instrumentation" if name == "instrument_flask_app" else "configuration"
    return getattr(import_module(f"telemetry.{home}"), name)
