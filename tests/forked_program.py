"""Programs that start in no time: forked from a process that has imported it all.

What runs in a fork is `python -m MODULE …` as it would run by itself, with an environment, a
session and a log of its own. That they also start by themselves is for `make demo` and the tests of
starting up.

`python -m tests.forked_program` is the process that forks. It takes a request in each line of its
standard input and answers with a line: `{"command": ["MODULE", …], "environment": …, …}` forks a
program and tells its `pid`, `{"pid": …}` tells its `returncode`, which is null while it runs.
"""

import atexit
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# With them nearly all is imported that a worker and a web process will need.
ENTRIES = (
    "bot.cli.deployment",
    "bot.jobs.worker",
    "bot.gunicorn_conf",
    "bot.wsgi",
    "gunicorn.app.wsgiapp",
    "bot.serving.worker",
)
# Imported when a program or an SDK first needs it.
LATE = (
    "anyio._backends._asyncio",
    "bot.cli.commands",
    "bot.database.pools",
    "bot.mcp.connection",
    "bot.mcp.results",
    "genai_prices.data",
    "genai_prices.decompose",
    "genai_prices.validation",
    "gunicorn.glogging",
    "httpcore2",
    "jsonschema",
    "logfire.integrations.flask",
    "opentelemetry.instrumentation.flask",
    "opentelemetry.instrumentation.requests",
    "procrastinate.builtin_tasks",
    "rich.table",
    "telemetry.configuration",
    "telemetry.flushing",
    "telemetry.logs",
    "telemetry.sql",
    "truststore",
    "twilio.rest.api",
    "twilio.rest.content",
    "twilio.rest.messaging",
    "uvloop",
    "yoyo.scripts.newmigration",
)


def import_late() -> None:
    """Import what the product and its SDKs put off."""
    for name in LATE:
        import_module(name)


def prepare() -> None:
    """Make what the first message and the first model call would make, in each process anew."""
    from bot.crew.agent_specs import CREW
    from bot.intake.vocabulary import languages, own_phrases, phrases
    from bot.languages.catalogues import translations
    from bot.model.structured import strict_schema
    from tests.model_talk import talk_to_a_model

    talk_to_a_model()
    for language in languages():
        phrases(language)
        own_phrases(language)
        translations(language)
    for spec in CREW:
        if spec.answer:
            strict_schema(spec.answer)


class ForkedProgram:
    """As much of `subprocess.Popen` as is asked of the programs of a system."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        errors: Path | None = None,
        says: Path = Path(os.devnull),
        folder: Path = Path(),
    ) -> None:
        """`command` is a module and its arguments; what it writes goes to `log`.

        Its errors as well unless they have a file of their own. It reads what is in `says`.
        """
        request = {
            "command": list(command),
            "environment": dict(environment),
            "log": str(log.absolute()),
            "errors": str((errors or log).absolute()),
            "says": str(says.absolute()),
            "folder": str(folder.absolute()),
        }
        self.pid: int = _ask(request)["pid"]
        self.returncode: int | None = None
        self.log = log
        self._name = command[0]

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = _ask({"pid": self.pid})["returncode"]
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        deadline = time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self._name, timeout)
            time.sleep(0.01)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run_forked(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: Path = Path(),
    says: str = "",
    timeout: float = 60.0,
) -> "subprocess.CompletedProcess[str]":
    """Run a module with its arguments to its end, as `subprocess.run` does.

    Raises `subprocess.TimeoutExpired` after `timeout` seconds.
    """
    with TemporaryDirectory() as files:
        output, errors, read = (Path(files, name) for name in ("output", "errors", "input"))
        read.write_text(says)
        program = ForkedProgram(
            command, environment, output, errors=errors, says=read, folder=folder
        )
        try:
            code = program.wait(timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
        return subprocess.CompletedProcess(
            list(command), code, output.read_text(), errors.read_text()
        )


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    process = _forking_process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


@cache
def _forking_process() -> "subprocess.Popen[str]":
    """One for all programs of this test process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.forked_program"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: "subprocess.Popen[str]") -> None:
    with process:  # which waits for it, and closes what it is talked to by
        process.kill()


def _serve() -> dict[str, Any] | None:
    """Answer requests; returns its own in a fork, and None where nobody asks any more."""
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        if "pid" in request:
            pid, status = os.waitpid(request["pid"], os.WNOHANG)
            print(json.dumps({"returncode": os.waitstatus_to_exitcode(status) if pid else None}))
        elif pid := os.fork():
            print(json.dumps({"pid": pid}))
        else:
            return request
        sys.stdout.flush()
    return None


class Ending:
    """Ends a program as Python does, but does not take apart before what it was forked with.

    That takes ten times what most commands take, and frees what ends with the process anyway. It
    comes after all that is registered for the end, and only where the program has an exit status:
    what it did not catch is Python's to report.
    """

    def __init__(self) -> None:
        self._status: int | None = None
        atexit.register(self._leave)  # the first that is registered is called last

    def run(self, module: str) -> None:
        """Run a module as `python -m` does."""
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            if not isinstance(ended.code, int | None):  # said as Python says it
                print(ended.code, file=sys.stderr)
                ended.code = 1
            self._status = ended.code or 0
            raise
        self._status = 0

    def _leave(self) -> None:
        if self._status is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self._status & 0xFF)


def _become(request: dict[str, Any], ending: Ending) -> None:
    """Be the program that was asked for, cut off from who forked it."""
    from gunicorn.config import Chdir

    gc.enable()
    os.environ.clear()
    os.environ.update(request["environment"])
    os.setsid()
    os.chdir(request["folder"])
    Chdir.default = request["folder"]  # gunicorn notes where it is when it is imported
    written = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(request["says"], os.O_RDONLY), 0)
    os.dup2(os.open(request["log"], written), 1)
    os.dup2(os.open(request["errors"], written), 2)
    module, *arguments = request["command"]
    sys.argv = [module, *arguments]
    ending.run(module)


if __name__ == "__main__":
    ending = Ending()
    gc.disable()  # nothing of it goes away, and to look for what does takes a fifth of it all
    for name in ENTRIES:
        import_module(name)
    import_late()
    prepare()
    gc.freeze()
    own = _serve()
    if own is not None:
        _become(own, ending)
