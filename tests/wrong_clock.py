"""`python -m tests.wrong_clock HOURS MODULE …`: a program whose own clock is so many hours ahead.

The clock that measures how long something takes is right, as on a real machine.
"""

import datetime
import runpy
import sys
import time

from logfire import AdvancedOptions

HOUR = 3600.0


def put_forward(hours: float) -> None:
    """Let this process see another time, in what it has imported and in what it will import."""
    right_time, right_ns, right = time.time, time.time_ns, datetime.datetime
    ahead = datetime.timedelta(hours=hours)

    class Wrong(right):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return right.now(tz) + ahead

    def wrong_time() -> float:
        return right_time() + hours * HOUR

    def wrong_ns() -> int:
        return right_ns() + int(hours * HOUR) * 10**9

    time.time, time.time_ns = wrong_time, wrong_ns
    datetime.datetime = Wrong  # type: ignore[misc]
    for module in list(sys.modules.values()):
        package = getattr(module, "__name__", "").split(".")[0]
        if package in {"bot", "handoffs", "telemetry"} and vars(module).get("datetime") is right:
            module.datetime = Wrong  # type: ignore[attr-defined]
        if package == "opentelemetry" and vars(module).get("time_ns") is right_ns:
            module.time_ns = wrong_ns  # type: ignore[attr-defined]
    # Spans begin and end by the clock that this takes unless it is given one.
    options = AdvancedOptions.__init__
    options.__defaults__ = tuple(
        wrong_ns if value is right_ns else value for value in options.__defaults__ or ()
    )


if __name__ == "__main__":
    hours, module, *arguments = sys.argv[1:]
    put_forward(float(hours))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
