"""What keeps a page under check away from this machine: seen by a process like a check's own.

`python -m bot.checks.protection BROWSER [PATH …]` starts the browser and tells, as a line of JSON,
who it runs as, whether its sandbox is on, and which of the paths it could read.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.confinement.account import confined, environment
from bot.errors import BrowserMissing

LIMIT = 30.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Protection:
    """`account` is the number of the user that the browser runs as; `readable` what it can read."""

    account: int
    is_sandboxed: bool
    readable: list[str]


def protection_of(browser: str, secrets: Sequence[Path]) -> Protection:
    """Start a browser as a check does. Raises `BrowserMissing` if it does not start."""
    with TemporaryDirectory(prefix="textcrew-check-") as folder:
        paths = [str(path.absolute()) for path in secrets]
        command = [sys.executable, "-m", "bot.checks.protection", browser, *paths]
        try:
            ended = subprocess.run(
                confined(command, folder=folder, programs=(browser,)),
                env=environment(HOME=folder, TMPDIR=folder),
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BrowserMissing(f"{browser} does not start within {LIMIT:g} s") from None
    if ended.returncode != 0:
        raise BrowserMissing(f"{browser} does not start")
    return Protection(**json.loads(ended.stdout))


async def _look(browser: str, paths: Sequence[str]) -> Protection:
    from bot.checks.launching import launch  # the command that asks needs no browser's library

    launched = await launch(browser)
    await launched.browser.close()
    return Protection(
        account=os.geteuid(),
        is_sandboxed=launched.is_sandboxed,
        readable=[path for path in paths if _can_read(path)],
    )


def _can_read(path: str) -> bool:
    """Whether it holds anything that can be read."""
    try:
        return bool(os.listdir(path) if Path(path).is_dir() else Path(path).read_bytes())
    except OSError:
        return False


def main() -> None:
    """Tell what a check's process has and is kept from."""
    print(json.dumps(asdict(asyncio.run(_look(sys.argv[1], sys.argv[2:])))), flush=True)
    os._exit(0)  # a browser's driver takes its time


if __name__ == "__main__":
    main()
