"""SQL without an account: what Logfire would show, kept in PostgreSQL with Logfire's own columns.

A process makes one `RecordStore` and hands its `span_processor` and `metric_reader` to
`telemetry.configure`; a thread of its own writes. `telemetry.store.querying` answers questions.
"""

from telemetry.store.writing import RecordStore, StoreUnavailable

__all__ = ["RecordStore", "StoreUnavailable"]
