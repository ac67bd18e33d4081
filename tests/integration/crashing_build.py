"""Runs builds that kill themselves: for each line `<build_id> <n>`, one process of its own.

That process ends by SIGKILL right after the n-th thing it stored, or prints how many there were.
All of them are forked from here, so that they need not import anything. In place of a browser,
which would take minutes in all, they have an eye for the stand-in's bugs.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock
from uuid import UUID

from psycopg import AsyncConnection

from bot.builds.builds import Build
from bot.builds.lease import Lease
from bot.checks.acceptance import Acceptance
from bot.checks.report import CHECKS, Finding, Report
from bot.crew import trials
from bot.database.outage import outlasting
from bot.database.pools import async_connection_pool
from bot.model import accounting
from bot.model.client import ModelClient
from bot.sandbox.claude.crew.bugs import bugs_in
from bot.services import Services
from bot.settings.loading import load_settings
from bot.twilio.client import TwilioGateway
from bot.workflows.orchestrator import run_build
from tests.forked_program import import_late, prepare

ACQUIRE, TRANSACTION = Lease.acquire, Lease.transaction


class Boundaries:
    """Counts what is stored, and dies of the last one."""

    def __init__(self, last: int) -> None:
        self.passed = 0
        self._last = last

    def cross(self) -> None:
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Cross a boundary whenever this process has committed something."""

        async def acquire(lease: Lease) -> Build | None:
            build = await ACQUIRE(lease)
            self.cross()
            return build

        @asynccontextmanager
        async def transaction(
            lease: Lease, *, makes_progress: bool = False
        ) -> AsyncIterator[AsyncConnection]:
            async with TRANSACTION(lease, makes_progress=makes_progress) as connection:
                yield connection
            self.cross()

        mock.patch.object(Lease, "acquire", acquire).start()
        mock.patch.object(Lease, "transaction", transaction).start()
        mock.patch.object(accounting, "outlasting", self._then_cross(outlasting)).start()

    def _then_cross(self, store: Callable[..., Awaitable[None]]) -> Any:
        async def stored(*arguments: Any, **named: Any) -> None:
            await store(*arguments, **named)
            self.cross()

        return stored


async def see_bugs(
    files: Mapping[str, str], acceptance: Acceptance | None, *, pictures: Mapping[str, bytes]
) -> Report:
    """What a browser would report of the stand-in's apps."""
    found = bugs_in(files.get("app.js", ""))
    findings = [Finding(check="console", message=f"uncaught: bug {number}") for number in found]
    return Report(ran=frozenset(CHECKS), findings=tuple(findings), picture=b"\x89PNG")


async def work(build_id: UUID) -> None:
    settings = load_settings()
    assert settings.database_url is not None
    async with async_connection_pool(settings.database_url.get_secret_value(), max_size=4) as pool:
        model, twilio = (
            ModelClient(settings.model),
            TwilioGateway(settings.twilio, settings.web),
        )
        await run_build(
            Services(settings=settings, pool=pool, model=model, twilio=twilio), build_id
        )
        await model.close()
        twilio.close()


def main() -> None:
    import_late()
    prepare()
    gc.freeze()
    for line in sys.stdin:
        build_id, last = line.split()
        process = os.fork()
        if process == 0:
            boundaries = Boundaries(int(last))
            boundaries.watch()
            mock.patch.object(trials, "check_app", see_bugs).start()
            asyncio.run(work(UUID(build_id)))
            print("done", boundaries.passed, flush=True)
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status):
            print("killed", os.WTERMSIG(status), flush=True)
        elif status:
            print("failed", status, flush=True)


if __name__ == "__main__":
    main()
