"""A worker for builds alone gives way where it shares processors with those whom users wait for."""

import contextlib
import os
from pathlib import Path

NICENESS = 10  # about a tenth of the processor time that others get, and all that they leave


def give_way() -> None:
    """Lower the priority of this process, and of what it starts, for good."""
    os.nice(NICENESS)
    pass_on_niceness(os.getpid())


def pass_on_niceness(pid: int) -> None:
    """Give a session that a process leads the lower priority that this process has.

    Where Linux groups processes by session (autogroups, sched(7)), it shares processors among the
    groups, and a process's own priority, which it inherits, counts within its group only.
    """
    niceness = os.nice(0)
    with contextlib.suppress(OSError):  # there are no groups, or the process has ended
        if niceness > 0 and os.getsid(pid) == pid:
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
