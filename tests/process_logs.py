"""What the processes of a test said, for the report of a test that fails."""

from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 20_000  # characters of one process


@dataclass
class Logs:
    """The logs in a folder. `is_complete` tells that nobody writes to them any more."""

    folder: Path
    is_complete: bool = False
    _told: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Leave out what has been said so far."""
        self._told = {log.name: log.stat().st_size for log in self.folder.glob("*.log")}

    def news(self) -> dict[str, str]:
        """What each process has said since then, by its name."""
        said = {}
        for log in sorted(self.folder.glob("*.log")):
            text = log.read_bytes()[self._told.get(log.name, 0) :].decode("utf-8", "replace")
            if text.strip():
                said[log.stem] = text[-LONGEST:]
        return said


watched: list[Logs] = []
"""The logs of all systems that run in this test process, or ran in the present test."""


def begin_test() -> None:
    """Look only at what is said from now on."""
    watched[:] = [logs for logs in watched if not logs.is_complete]
    for logs in watched:
        logs.begin()
