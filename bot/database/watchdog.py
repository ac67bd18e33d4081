"""Stops an embedded server when nobody uses it any more; run as a process, standard library only.

Each process that claims the server has one watchdog, and a pipe whose writing end lives exactly as
long as that process and its forks, even through kill -9. When the pipe closes and no other process
claims the server, the watchdog stops it; a process that wants to start it waits at the lock.
"""

import fcntl
import os
import subprocess
import sys
import time
from io import TextIOWrapper

# The kernel may close a dying process's pipe a moment before it drops the lock, and the server that
# a killed process was just starting may come up a moment later.
GRACE_SECONDS = 3.0


def main(pipe: int, claims: str, user: str, group: str, stop_command: list[str]) -> None:
    """Wait for the end of `pipe`, then run `stop_command` unless `claims` is locked by others."""
    os.read(pipe, 1)
    with open(claims) as file:
        if not _locked_alone(file):
            return  # someone else uses the server, and has a watchdog too
        deadline = time.monotonic() + GRACE_SECONDS
        while not _stopped(stop_command, user, group) and time.monotonic() < deadline:
            time.sleep(0.2)


def _stopped(command: list[str], user: str, group: str) -> bool:
    """Run `command`, which fails if there is no server."""
    done = subprocess.run(
        command,
        user=int(user) if user else None,
        group=int(group) if group else None,
        extra_groups=[] if user else None,
        check=False,
    )
    return done.returncode == 0


def _locked_alone(file: TextIOWrapper) -> bool:
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
