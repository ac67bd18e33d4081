"""How long a worker waits for what; by itself, for those who only want to know."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timings:
    """How long things take, in seconds."""

    heartbeat: float = 3.0
    stall: float = 20.0  # without a heartbeat a worker's jobs go to others
    sweep: float = 2.0
    drain: float = 5.0  # well below `stall`: a draining worker has no heartbeat
    poll: float = 2.0  # for jobs whose time has come; others are notified
    longest_wait: float = 10.0  # between two attempts to reach the database


USUAL = Timings()
