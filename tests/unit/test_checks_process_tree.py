"""A check's processes are read while they end."""

import subprocess
import sys

import psutil

from bot.checks.process_tree import ProcessTree


def test_what_has_ended_holds_nothing_and_needs_no_end() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    before = ProcessTree(process.pid)
    process.wait()
    after = ProcessTree(process.pid)

    for tree in (before, after):
        assert tree.look() == 0
        tree.kill()


def test_what_is_born_after_a_look_is_found_by_the_next_one() -> None:
    born = "import subprocess, sys; input(); print(subprocess.Popen(['sleep', '600']).pid); input()"
    with subprocess.Popen(
        [sys.executable, "-c", born], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        tree = ProcessTree(process.pid)
        tree.look()
        print(file=process.stdin, flush=True)
        child = psutil.Process(int(process.stdout.readline()))
        tree.look()
        tree.kill()
        child.wait(5)
