"""The CPU that processes have taken, as the system counts it."""

import psutil

from tests.acceptance.stack import Stack


def cpu_seconds(stack: Stack, name: str) -> float:
    """CPU that a program and its processes have taken; Chromium's is its own affair."""
    process = psutil.Process(stack.program(name).process.pid)
    family = [process, *(p for p in process.children(recursive=True) if "python" in p.name())]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def busy_seconds() -> float:
    """CPU that all processes of this machine have taken; a browser's cannot be told apart."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)
