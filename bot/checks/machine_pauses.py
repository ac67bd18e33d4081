"""Notices when the machine has kept a process waiting: what timed out then proves nothing."""

import asyncio
import os
from types import TracebackType

LOOK_INTERVAL = 0.05  # seconds
TOLERATED = 0.5  # seconds; half of what a control has to take a press
CROWDED = 2.0  # programs for each processor that want to run at the same time


def is_crowded() -> bool:
    """Whether the machine has had clearly more to do than it can, for the last minute."""
    return os.getloadavg()[0] > CROWDED * (os.cpu_count() or 1)


class PauseWatch:
    """Measures, while it is entered, how late its process gets to run."""

    def __init__(self) -> None:
        self.longest = 0.0  # seconds
        self._looking: asyncio.Task[None] | None = None

    @property
    def was_kept_waiting(self) -> bool:
        """Whether there was a pause that may have made something look too slow."""
        return self.longest > TOLERATED

    async def __aenter__(self) -> "PauseWatch":
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            began = now()
            await asyncio.sleep(LOOK_INTERVAL)
            self.longest = max(self.longest, now() - began - LOOK_INTERVAL)
