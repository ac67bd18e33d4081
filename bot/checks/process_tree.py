"""A check's processes: how much memory they hold, their priority, and an end for all of them.

A browser starts its processes in sessions of their own, so a process group does not hold them; they
are known by their parents, each as it was when it was seen first.
"""

import time
from collections.abc import Mapping
from contextlib import suppress

import psutil

from bot.priority import pass_on_niceness

PAUSE = 0.01  # seconds for the killed to go


class ProcessTree:
    """A process and its descendants, those included whose parent has gone since.

    Each of them may end at any moment, also while it is read.
    """

    def __init__(self, pid: int) -> None:
        self._members: set[psutil.Process] = set()
        self._seen: set[int] = set()  # the numbers of all that ran at the last look
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            root.create_time()  # remembered, for when it is gone; its descendants' are by then
            self._members.add(root)
            pass_on_niceness(pid)

    def look(self) -> int:
        """Learn of new descendants; returns the memory of all in bytes, shared pages once."""
        self._learn()
        total = shared = 0
        for member in list(self._members):
            try:
                memory = member.memory_info()
            except psutil.NoSuchProcess:
                self._members.discard(member)
                continue
            common = getattr(memory, "shared", 0)
            total += memory.rss - common
            shared = max(shared, common)
        return total + shared

    def _learn(self) -> None:
        """Ask those that are new who their parent is; whoever was seen before is known.

        To ask all takes twenty milliseconds of computing where four hundred processes run. Numbers
        come round only when all others were given, so none changes hands between two looks.
        """
        running = set(psutil.pids())
        parents: dict[psutil.Process, int] = {}
        for pid in running - self._seen:
            with suppress(psutil.NoSuchProcess):
                newcomer = psutil.Process(pid)
                parents[newcomer] = newcomer.ppid()
        # Whose parent went meanwhile may have got another one, so that one is asked again.
        self._seen = running - {one.pid for one, parent in parents.items() if parent not in running}
        while found := self._children(parents):
            self._members |= found
            for one in found:
                pass_on_niceness(one.pid)

    def _children(self, parents: Mapping[psutil.Process, int]) -> set[psutil.Process]:
        """Those whose parent is a member and who are none yet."""
        known = {member.pid for member in self._members}
        return {one for one, parent in parents.items() if parent in known} - self._members

    def kill(self) -> None:
        """Kill all of them, and the processes that they have started meanwhile."""
        self.look()
        while alive := [member for member in self._members if _lives(member)]:
            for member in alive:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            time.sleep(PAUSE)
            self.look()


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended may wait for its parent to notice."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
