"""Becomes the account and then the program: `python -IS launcher.py PLAN PROGRAM [ARGUMENT …]`.

Run as root, with nothing but the standard library. It first takes a view of the disk for itself, as
containers do, in which what is hidden is empty, and folders that are closed to the account hold
nothing but what the program uses. Where the kernel refuses that, the permissions of files are what
there is. Exits with `CANNOT_START` if the account cannot start the program.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

CANNOT_START = 126  # exit status, as a shell's

# From Linux's <sched.h> and <sys/mount.h>.
_NEW_MOUNTS = 0x20000
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 0x1000, 0x4000, 0x40000

_PASSABLE, _PASSABLE_BY_OWNER = 0o001, 0o100


class ConfinementPlan(NamedTuple):
    """Which account, what it has to reach, and what it must not see: absolute paths that exist."""

    account: int
    used: list[str]
    hidden: list[str]

    def as_json(self) -> str:
        """The plan as the argument that the launcher takes."""
        return json.dumps(self._asdict())


def main() -> None:
    """Do it; does not return."""
    plan, command = ConfinementPlan(**json.loads(sys.argv[1])), sys.argv[2:]
    if sys.platform == "linux":
        with suppress(OSError):  # no tmpfs, or a policy against mounting
            _take_a_view(plan)
    os.setgroups([])
    os.setgid(plan.account)
    os.setuid(plan.account)
    os.chdir("/")  # the old place would be a way around what is hidden
    try:
        os.execv(command[0], command)
    except OSError:
        sys.exit(CANNOT_START)


def _take_a_view(plan: ConfinementPlan) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS) != 0:
        return  # a container's root may not
    _mount(libc, "none", "/", "", _RECURSIVE | _PRIVATE)
    opened = {path: os.open(path, os.O_PATH) for path in plan.used}
    for folder in sorted({closed for path in plan.used if (closed := _closed(path, plan.account))}):
        within = [path for path in opened if Path(path).is_relative_to(folder)]
        _mount(libc, "tmpfs", folder, "tmpfs", _NO_SETUID | _NO_DEVICES, "mode=755")
        for path in _outermost(within):
            Path(path).mkdir(parents=True)
            _mount(libc, f"/proc/self/fd/{opened[path]}", path, "", _BIND | _RECURSIVE)
    for path in plan.hidden:
        if Path(path).is_dir():
            _mount(libc, "tmpfs", path, "tmpfs", _READ_ONLY, "mode=000")
        elif Path(path).exists():
            _mount(libc, os.devnull, path, "", _BIND)
    for descriptor in opened.values():
        os.close(descriptor)


def _closed(path: str, account: int) -> str | None:
    """The first folder on the way to a path that the account cannot pass; the path is one too."""
    for folder in [*reversed(Path(path).parents), Path(path)]:
        found = folder.stat()
        needed = _PASSABLE_BY_OWNER if found.st_uid == account else _PASSABLE
        if not found.st_mode & needed:
            return str(folder)
    return None


def _outermost(paths: list[str]) -> list[str]:
    """Those that lie within none of the others."""
    return [
        path
        for path in paths
        if not any(other != path and Path(path).is_relative_to(other) for other in paths)
    ]


def _mount(
    libc: ctypes.CDLL, source: str, target: str, kind: str, flags: int, options: str = ""
) -> None:
    words = (source.encode(), target.encode(), kind.encode())
    if libc.mount(*words, ctypes.c_ulong(flags), options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


if __name__ == "__main__":
    main()
