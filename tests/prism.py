"""`python -m tests.prism`: installs Prism, which checks what we send against Twilio's OpenAPI file.

It goes into the virtual environment, by npm. Where there is no npm, the contract tests are skipped;
in CI they fail.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION = "5.14.2"
FOLDER = Path(sys.prefix) / "prism"
PROGRAM = FOLDER / "node_modules" / ".bin" / "prism"
START_SECONDS = 60.0


def install() -> None:
    """Install Prism unless it is there; says so where that cannot be done."""
    if PROGRAM.exists() or _install():
        return
    message = "No Prism could be installed by npm: the contract with Twilio is NOT checked."
    if os.environ.get("CI"):
        sys.exit(f"{message} In CI it must be.")
    print(f"\n*** {message} ***\n", file=sys.stderr)


def _install() -> bool:
    npm = shutil.which("npm")
    if npm is None:
        return False
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            npm,
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
            str(FOLDER),
            f"@stoplight/prism-cli@{VERSION}",
        ],
        stdout=subprocess.DEVNULL,
    )
    return done.returncode == 0 and PROGRAM.exists()


@contextmanager
def serving(contract: Path, log: Path) -> Iterator[str]:
    """Serve an OpenAPI file; yields the base URL. Whatever breaks the contract is refused."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(PROGRAM), "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(contract)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_port(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def _await_port(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "Prism does not start"
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    install()
