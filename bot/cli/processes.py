"""Several programs run as one: started with their logs kept, watched, and stopped together."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 10.0  # a worker drains for 5 s


@dataclass(frozen=True, kw_only=True)
class Program:
    """A running program and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


class ProgramGroup:
    """Programs that live and die together.

    Their process ids are kept in `folder`, so that the next group can end what a killed one
    left behind.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._programs: dict[str, Program] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(
        self, name: str, command: Sequence[str], more: Mapping[str, str] | None = None
    ) -> Program:
        """Start a program, with `more` in its environment than the others have.

        A second start under the same name replaces one that has ended.
        """
        log = self._folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**self._environment, **(more or {})},
                start_new_session=True,  # Ctrl-C is ours to pass on
            )
        self._programs[name] = Program(name=name, process=process, log=log)
        self._remember()
        return self._programs[name]

    def program(self, name: str) -> Program:
        """The program that was started last under that name."""
        return self._programs[name]

    def kill(self, name: str) -> None:
        """kill -9, the program and its children."""
        process = self.program(name).process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop_one(self, name: str) -> None:
        """SIGTERM to the program, then SIGKILL after `STOP_SECONDS`."""
        process = self.program(name).process
        process.terminate()
        _await_end(process)

    def ended(self) -> Program | None:
        """A program that has ended by itself."""
        for program in self._programs.values():
            if program.process.poll() is not None:
                return program
        return None

    def stop(self) -> None:
        """SIGTERM to all, then SIGKILL to those left after `STOP_SECONDS`."""
        processes = [program.process for program in self._programs.values()]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            _await_end(process)
        self._programs.clear()
        self._pids.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """End the programs of a group that was killed and could not stop them."""
        if not self._pids.exists():
            return
        for pid, created in json.loads(self._pids.read_text()):
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if process.create_time() == created:
                    os.killpg(pid, signal.SIGTERM)
                    psutil.wait_procs([process], timeout=STOP_SECONDS)
        self._pids.unlink()

    @property
    def _pids(self) -> Path:
        return self._folder / "pids.json"

    def _remember(self) -> None:
        living = []
        for program in self._programs.values():
            with suppress(psutil.NoSuchProcess):
                pid = program.process.pid
                living.append((pid, psutil.Process(pid).create_time()))
        self._pids.write_text(json.dumps(living))


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
