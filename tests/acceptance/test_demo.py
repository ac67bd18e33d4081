"""`textcrew demo` as a newcomer runs it: in an empty folder, with nothing configured."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from bot.settings.groups import variables
from tests.acceptance.stack import eventually

LINK = re.compile(r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/$", re.MULTILINE)
PHONE = re.compile(r"http://127\.0\.0\.1:\d+/?")
READY = "Ctrl-C stops it"


def textcrew(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli.main", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=150,
    )


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
    here = os.pathsep.join([str(Path(__file__).parents[2]), os.environ["PYTHONPATH"]])
    return {k: v for k, v in os.environ.items() if k not in ours} | {
        "PYTHONPATH": here,
        "PYTHONUNBUFFERED": "1",
    }


def test_an_app_outlives_the_demo_that_built_it(tmp_path: Path) -> None:
    with demo(tmp_path, "--say", "Build me a counter", "--keep") as output:
        link = LINK.search(output.read_text())[0]
        with urlopen(link) as answer:
            before = answer.read()

        beside = textcrew(tmp_path, "demo")
        assert beside.returncode == 1
        assert "is running already at http://127.0.0.1" in beside.stderr

        assert "Voice notes are heard by a small offline stand-in" in output.read_text()
        doctor = textcrew(tmp_path, "doctor", "--json")
        assert [f for f in json.loads(doctor.stdout) if not f["ok"]] == []

    with demo(tmp_path), urlopen(link) as answer:
        assert answer.read() == before

    calls = json.loads(textcrew(tmp_path, "cost", "--by", "agent", "--json").stdout)
    assert {row["key"].partition("_v")[0]: row["calls"] for row in calls}["router"] == 1
    jobs = json.loads(textcrew(tmp_path, "jobs", "--json").stdout)
    assert {job["status"] for job in jobs} == {"succeeded"}
    sent = json.loads(textcrew(tmp_path, "deliveries", "--json").stdout)
    assert [message["kind"] for message in reversed(sent)] == [
        "understood",
        "designed",
        "built",
        "picture",
        "published",
    ]


def test_two_demos_that_start_at_once_both_run(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()

    with starting(folders[0]) as one, starting(folders[1]) as other:
        eventually(
            lambda: all(READY in output.read_text() for output in (one, other)),
            "both are ready",
            seconds=120,
        )
        pages = [PHONE.search(output.read_text())[0] for output in (one, other)]
        for page in pages:
            with urlopen(page) as answer:
                assert answer.status == 200

    assert pages[0] != pages[1]


def test_a_message_that_builds_nothing_ends_with_the_reason(tmp_path: Path) -> None:
    said = textcrew(tmp_path, "demo", "--say", "Hello there!")

    assert said.returncode == 1
    assert "No app was built: the request ended as completed." in said.stderr
