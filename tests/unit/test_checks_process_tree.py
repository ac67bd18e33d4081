"""A check's processes are read while they end."""

import subprocess
import sys

from bot.checks.process_tree import ProcessTree


def test_what_has_ended_holds_nothing_and_needs_no_end() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    before = ProcessTree(process.pid)
    process.wait()
    after = ProcessTree(process.pid)

    for tree in (before, after):
        assert tree.look() == 0
        tree.kill()
