"""Programs that start as whoever runs them starts them, for tests of what only such a start shows.

All others are forked (`tests.forked_program`).
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.forked_program import ForkedProgram


class Start(Protocol):
    """Starts a module with its arguments; what it says goes to a log."""

    def __call__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, *, folder: Path
    ) -> "ForkedProgram | subprocess.Popen[bytes]": ...


def start_anew(
    command: Sequence[str], environment: Mapping[str, str], log: Path, *, folder: Path
) -> "subprocess.Popen[bytes]":
    """Start it in an interpreter of its own, that has imported nothing yet."""
    with log.open("w") as written:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
