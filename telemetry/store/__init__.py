"""SQL without an account: what Logfire would show, kept in PostgreSQL with Logfire's own columns.

A process makes one `RecordStore` and hands its `span_processor` and `metric_reader` to
`telemetry.configure`; a thread of its own writes. `telemetry.store.querying` answers questions, and
whoever only asks does not import what writes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telemetry.store.writing import RecordStore, StoreUnavailable

__all__ = ["RecordStore", "StoreUnavailable"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("telemetry.store.writing"), name)
