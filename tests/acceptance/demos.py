"""Demos as a newcomer runs them: in an empty folder, with nothing configured."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings.groups import variables
from tests.acceptance.stack import eventually
from tests.forked_program import run_forked

LINK = re.compile(r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$", re.MULTILINE)
PHONE = re.compile(r"http://127\.0\.0\.1:\d+/?")
READY = "Ctrl-C stops it"


def textcrew(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return run_forked(["bot.cli.main", *arguments], environment(), folder=folder, timeout=150)


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[Path]:
    """A demo that runs until the block ends; yields the file of its output, when it is ready."""
    with starting(folder, *arguments) as output:
        eventually(lambda: READY in output.read_text(), "the demo is ready", seconds=120)
        yield output


@contextmanager
def starting(folder: Path, *arguments: str) -> Iterator[Path]:
    """A demo that was just started and is stopped at the end; yields the file of its output."""
    output = folder / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli.main", "demo", *arguments],
            cwd=folder,
            env=environment() | {"ENV": "production"},  # what is set for another system
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield output
    finally:
        process.terminate()
        process.wait(60)


def environment() -> dict[str, str]:
    """This process's environment without any setting of ours."""
    ours = {name for name, _ in variables()}
    here = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    return {k: v for k, v in os.environ.items() if k not in ours} | {
        "PYTHONPATH": here,
        "PYTHONUNBUFFERED": "1",
    }
