"""How busy the process and how full the machine's memory is, every few minutes.

Each point is paid for as a span is. Metrics are collected once a minute, so what is measured all
the time would be most of what an idle system sends.
"""

import time
from collections.abc import Callable, Iterable

from logfire import DEFAULT_LOGFIRE_INSTANCE, Logfire
from opentelemetry.metrics import CallbackOptions, Observation

EVERY_MINUTES = 5


def measure_process(
    clock: Callable[[], float] = time.time, *, registry: Logfire = DEFAULT_LOGFIRE_INSTANCE
) -> None:
    """Measure from now on, in those minutes of `clock` (seconds) that are a multiple of five.

    So each reader that collects once a minute gets every fifth value, however many there are.
    """
    import psutil

    process = psutil.Process()

    def in_its_minute(value: Callable[[], float]) -> Callable[[CallbackOptions], list[Observation]]:
        def observe(_: CallbackOptions) -> list[Observation]:
            is_time = int(clock() // 60) % EVERY_MINUTES == 0
            return [Observation(value())] if is_time else []

        return observe

    measured: Iterable[tuple[str, str, Callable[[], float]]] = (
        (
            "process.cpu.utilization",
            "Share of one processor that the process uses",
            lambda: process.cpu_percent() / 100,
        ),
        (
            "system.memory.utilization",
            "Share of the machine's memory that is in use",
            lambda: psutil.virtual_memory().percent / 100,
        ),
    )
    for name, description, value in measured:
        registry.metric_gauge_callback(
            name, callbacks=[in_its_minute(value)], unit="1", description=description
        )
