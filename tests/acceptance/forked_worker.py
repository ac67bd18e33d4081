"""Workers without the seconds that importing takes: forked from a process that has imported it all.

What runs in a fork is `textcrew worker` from its entry point on, with an environment, a session and
a log of its own. That it also starts by itself is for `make demo` and the tests of starting up.

`python -m tests.acceptance.forked_worker` is that process. It takes a request in each line of its
standard input and answers with a line: `{"environment": …, "log": …}` forks a worker and tells its
`pid`, `{"pid": …}` tells its `returncode`, which is null while it runs.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.cli.main import main


class ForkedWorker:
    """As much of `subprocess.Popen` as is asked of a worker."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.pid: int = _ask({"environment": environment, "log": str(log)})["pid"]
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = _ask({"pid": self.pid})["returncode"]
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        deadline = time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("textcrew worker", timeout)
            time.sleep(0.01)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    process = _forking_process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


@cache
def _forking_process() -> "subprocess.Popen[str]":
    """One for all workers of this test process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.forked_worker"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.kill)
    return process


def _serve() -> int | None:
    """Answer requests; returns the log in a fork, and None where nobody asks any more."""
    for line in sys.stdin:
        request = json.loads(line)
        if "pid" in request:
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            print(json.dumps({"returncode": os.waitstatus_to_exitcode(status) if pid else None}))
        elif pid := os.fork():
            print(json.dumps({"pid": pid}))
        else:
            os.environ.clear()
            os.environ.update(request["environment"])
            return os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        sys.stdout.flush()
    return None


def _work(log: int) -> None:
    """Be a worker, cut off from who forked it."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, standard in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, standard)
    sys.argv = ["textcrew", "worker"]
    main()


if __name__ == "__main__":
    for name in ("bot.cli.services", "bot.jobs.worker"):
        import_module(name)
    log = _serve()
    if log is not None:
        _work(log)
