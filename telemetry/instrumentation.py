"""The libraries whose calls become spans by themselves.

The Anthropic SDK emits its own spans with model and tokens and without content, so it is not in
this list: Logfire's instrumentation of it would always capture prompts. SQL is traced by
`telemetry.sql`, without a span for each statement.
"""

from typing import TYPE_CHECKING

import logfire

from telemetry.process_metrics import measure_process

if TYPE_CHECKING:
    from flask import Flask

_tracing = False


def instrument_libraries() -> None:
    """Trace requests, and measure the process."""
    global _tracing
    _tracing = True
    logfire.instrument_requests()
    measure_process()


def is_tracing() -> bool:
    """Whether requests are traced in this process."""
    return _tracing


def instrument_flask_app(app: "Flask") -> None:
    """Trace the app's requests, each as a trace of its own, by their route.

    To be called after `configure`; does nothing when telemetry is off.
    """
    if _tracing:
        logfire.instrument_flask(app, enable_commenter=False)
