"""Starts programs as an account of their own where we are root.

The account is a number that no system gives to anybody: it owns no file, is in no group, and shares
nothing with the account that the embedded PostgreSQL runs as. Where the kernel lets us, the program
also sees a disk of its own (`launcher.py`): without our settings and data, and with Python and the
browser even when they lie in a folder of root's.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bot.confinement import launcher
from bot.settings.development import HOME

log = logging.getLogger(__name__)

ACCOUNT = 65_521  # above systemd's numbers, below `nobody`, in what distributions leave free
SECRETS = (Path(".env"), HOME)
PROBE_LIMIT = 30.0  # seconds

# What a confined Python must be able to do: find its packages, and start these programs.
_PROBE = """
import os, sys
import bot, playwright
sys.exit(not all(os.access(program, os.X_OK) for program in sys.argv[1:]))
"""


def confined(
    command: Sequence[str], *, folder: str | None = None, programs: tuple[str, ...] = ()
) -> list[str]:
    """The command that starts `command`, a Python program of ours, with as few rights as we can.

    As root that is the account, which then owns the `folder`. It may start the `programs`. As
    anybody else, or where the account cannot reach Python or a program, it is the command itself.
    Takes a fraction of a second the first time.
    """
    if not is_in_force(programs):
        return list(command)
    if folder is not None:
        os.chown(folder, ACCOUNT, ACCOUNT)
    return _launched(command, [*programs, *([folder] if folder else ())])


@cache
def is_in_force(programs: tuple[str, ...]) -> bool:
    """Whether the account is what programs of ours are started as."""
    if os.geteuid() != 0:
        return False
    if _can_start(programs):
        return True
    log.warning("Python or Chromium cannot be started as account %d: they run as root", ACCOUNT)
    return False


def _can_start(programs: tuple[str, ...]) -> bool:
    probe = _launched([sys.executable, "-c", _PROBE, *programs], programs)
    try:
        ended = subprocess.run(
            probe,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def environment(**more: str) -> dict[str, str]:
    """What Python needs to find its packages, and no setting or secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def _launched(command: Sequence[str], programs: Sequence[str]) -> list[str]:
    used = [sys.prefix, sys.base_prefix, *filter(None, sys.path)]
    for program in programs:
        used += [
            program if Path(path).is_dir() else str(Path(path).parent) for path in _both(program)
        ]
    plan = launcher.ConfinementPlan(
        account=ACCOUNT,
        used=sorted({path for one in used for path in _both(one) if Path(path).exists()}),
        hidden=[str(path.absolute()) for path in SECRETS if path.exists()],
    )
    return [sys.executable, "-IS", launcher.__file__, plan.as_json(), *command]


def _both(path: str) -> tuple[str, str]:
    """The path as it is written, and as it is without links."""
    return os.path.abspath(path), os.path.realpath(path)
