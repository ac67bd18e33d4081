"""Starting up: the CPU that a command, a completion and each kind of process takes until it serves.

    python -m benchmarks.startup [--rounds 5]

User and system time of the process and its children, the best of the rounds, which are run in turns
after one that is not counted. The database is that of a finished build. A command is over when it
has ended, the web process when `/ready` answers, the worker when it has taken a job. Seconds depend
on the machine and on what else runs there, hence the ratio to two imports of the same run.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from urllib.parse import urlsplit

import psutil
import psycopg

from benchmarks.bounds import Bounds
from benchmarks.ground import build_app, own_server, running_stack
from bot.cli.demo_stack import WEB_COMMAND
from tests.acceptance.stack import Stack, answers, eventually

TEXTCREW = str(Path(sys.executable).with_name("textcrew"))
IMPORTS = [sys.executable, "-c", "import click, psycopg"]
CHECK = [sys.executable, "-c", "import bot.checks.runner"]

AT_ONCE, WEB, WORKER = 0.35, 1.0, 1.8  # seconds
LISTINGS = (
    "agents",
    "handoffs list",
    "jobs",
    "deliveries",
    "cost",
    "alerts",
    "verify",
    "data",
    "query",
    "query cost-by-request",
)
COMPLETED = ("", "agents --", "handoffs ", "worker --")

ENQUEUE = "SELECT enqueue_job('delivery', 'deliver', 'nobody', '{\"user_id\": \"nobody\"}')"
WAITS = "SELECT FROM procrastinate_jobs WHERE id = %s AND status = 'todo'"


@dataclass(frozen=True, kw_only=True)
class Start:
    """Something that is started; `wanted` is the most that it may take."""

    name: str
    measure: Callable[[], float]
    wanted: float | None = None


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rounds", type=int, default=5)
    rounds: int = options.parse_args().rounds
    with own_server() as server:
        with running_stack(server) as stack:
            build_app(stack)  # something to list
        starts = everything(stack)
        measured = [[start.measure() for start in starts] for _ in range(rounds + 1)]
    report(starts, [min(taken) for taken in zip(*measured[1:], strict=True)])


def everything(stack: Stack) -> list[Start]:
    # Bytecode is kept by every installation; without it each start compiles all of our modules.
    environment = {k: v for k, v in stack.environment.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def command(*parts: str, **more: str) -> Callable[[], float]:
        return lambda: of_command(parts, environment | more)

    return [
        Start(name='python -c "import click, psycopg"', measure=command(*IMPORTS)),
        Start(name="textcrew --help", measure=command(TEXTCREW, "--help"), wanted=AT_ONCE),
        *(
            Start(name=f"textcrew {it}", measure=command(TEXTCREW, *it.split()), wanted=AT_ONCE)
            for it in LISTINGS
        ),
        *(
            Start(
                name=f"completion of textcrew {words}".rstrip() + "…",
                measure=command(TEXTCREW, **completing(words)),
                wanted=AT_ONCE,
            )
            for words in COMPLETED
        ),
        Start(name="the check's process, before a job", measure=command(*CHECK)),
        Start(name="web, ready", measure=lambda: of_web(stack, environment), wanted=WEB),
        Start(name="worker, taking jobs", measure=lambda: of_worker(stack, environment),
              wanted=WORKER),
    ]  # fmt: skip


def completing(words: str) -> dict[str, str]:
    """What a shell hands over for completing the last of the words after `textcrew`."""
    written = f"textcrew {words}"
    return {
        "_TEXTCREW_COMPLETE": "bash_complete",
        "COMP_WORDS": written,
        "COMP_CWORD": str(written.count(" ")),
    }


def of_command(parts: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """Run a command to its end; `alerts` ends with 1 when one fires."""
    before = getrusage(RUSAGE_CHILDREN)
    ended = subprocess.run(parts, env=environment, capture_output=True, check=False)
    after = getrusage(RUSAGE_CHILDREN)
    assert ended.returncode == 0 or "alerts" in parts, ended.stderr.decode()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def of_web(stack: Stack, environment: Mapping[str, str]) -> float:
    """Start gunicorn with one process."""
    listen = ["--bind", urlsplit(stack.public_url).netloc]
    command = [*WEB_COMMAND, *listen, "bot.wsgi:create_app()"]
    return until(command, environment, lambda: answers(f"{stack.public_url}/ready"), "ready")


def of_worker(stack: Stack, environment: Mapping[str, str]) -> float:
    """Start a worker, for whom a job is waiting already."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        job = connection.execute(ENQUEUE).fetchone()
        return until(
            [TEXTCREW, "worker"],
            environment,
            lambda: not connection.execute(WAITS, job).fetchall(),
            "the job is taken",
        )


def until(
    command: list[str], environment: Mapping[str, str], serves: Callable[[], bool], what: str
) -> float:
    """The CPU that the process and its children have taken when it serves."""
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(serves, what, seconds=60.0)
            known = psutil.Process(process.pid)
            # Of children that have ended their parent knows: the last two numbers.
            return sum(
                sum(member.cpu_times()[:4]) for member in (known, *known.children(recursive=True))
            )
        finally:
            process.terminate()


def report(starts: list[Start], best: list[float]) -> None:
    """Print all, and end the program."""
    bounds = Bounds()
    print(f"Start-up, CPU in s, on {os.cpu_count()} processors{'ratio':>26}{'wanted':>8}")
    for start, taken in zip(starts, best, strict=True):
        line = f"    {start.name:40}{taken:8.2f}{taken / best[0]:15.1f}"
        if start.wanted is not None:
            line += f"{start.wanted:8.2f}  {bounds.at_most(taken, start.wanted)}"
        print(line, flush=True)
    bounds.end()


if __name__ == "__main__":
    main()
