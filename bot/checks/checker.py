"""Checks an app: starts the check's process, keeps it within its limits, and reads its report.

The process gets the app and the path of a browser, and nothing else: no setting, no secret, no
database, a folder of its own that is deleted after it. Where we are root it is another account's.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import MappingProxyType

from bot.cancellation import end
from bot.checks.acceptance import Acceptance
from bot.checks.chromium import find_chromium
from bot.checks.limits import (
    MEMORY_LIMIT,
    PATIENT_TIME_LIMIT,
    START_LIMIT,
    TIME_LIMIT,
)
from bot.checks.process_tree import ProcessTree
from bot.checks.report import NO_BROWSER_STATUS, CheckRequest, Finding, Progress, Report, unfinished
from bot.confinement.account import confined, environment
from bot.errors import BrowserMissing

LOOK_INTERVAL = 0.25  # seconds between two looks at the memory
LINE_LIMIT = 8_000_000  # bytes of a report, whose pictures have about two
CLOSING_LIMIT = 5.0  # seconds in which the pipes of a killed process end


async def check_app(
    files: Mapping[str, str],
    acceptance: Acceptance | None,
    *,
    pictures: Mapping[str, bytes] = MappingProxyType({}),
) -> Report:
    """Try an app in a browser. A check that ends without a report makes one that has not passed.

    One that the machine has kept from its end is made a second time, with more time. Without
    `acceptance` it is only looked at: the report has the outline and the picture, but such a one
    never passes. Raises `BrowserMissing`.
    """
    browser = find_chromium()
    if browser is None:
        raise BrowserMissing
    job = CheckRequest(
        files=dict(files),
        pictures=dict(pictures),
        acceptance=acceptance,
        browser=browser,
        time_limit=TIME_LIMIT,
    )
    first = await _try_once(job)
    if unfinished() not in first.findings or not first.was_kept_waiting:
        return first
    second = await _try_once(job.model_copy(update={"time_limit": PATIENT_TIME_LIMIT}))
    return second if second.ran >= first.ran else first


async def _try_once(job: CheckRequest) -> Report:
    with TemporaryDirectory(prefix="textcrew-check-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "bot.checks.runner"]
        process = await asyncio.create_subprocess_exec(
            *await asyncio.to_thread(confined, command, folder=folder, programs=(job.browser,)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(HOME=folder, TMPDIR=folder),
            limit=LINE_LIMIT,
            start_new_session=True,
        )
        family = ProcessTree(process.pid)
        try:
            return await _within_limits(process, family, job)
        finally:
            await asyncio.to_thread(family.kill)
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_LIMIT):
                    await process.communicate()  # to the end of its pipes, which closes them


async def _within_limits(
    process: asyncio.subprocess.Process, family: ProcessTree, job: CheckRequest
) -> Report:
    known: Report | None = None
    limit = asyncio.timeout(START_LIMIT)  # it waits for a browser no longer than for that

    def hear(report: Report) -> None:
        nonlocal known
        if known is None:
            limit.reschedule(asyncio.get_running_loop().time() + job.time_limit)
        known = report

    talking = asyncio.create_task(_talk(process, job, hear))
    watching = asyncio.create_task(_until_too_large(family))
    try:
        async with limit:
            await asyncio.wait({talking, watching}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                said = talking.result()
                return _with(known, _broken(said)) if said else known or Report()
            large = f"the page used more than {MEMORY_LIMIT // 1_000_000} MB of memory"
            return _with(known, _broken(large))
    except TimeoutError:
        # A page that hangs is told by the process itself, so it is the machine that was too busy.
        return _with(known, unfinished()).model_copy(update={"was_kept_waiting": True})
    finally:
        await end(talking, watching)


async def _talk(
    process: asyncio.subprocess.Process, job: CheckRequest, hear: Callable[[Report], None]
) -> str | None:
    """Hear report after report; returns what is wrong if none of them is the last."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(job.model_dump_json().encode() + b"\n")
    try:
        while line := await process.stdout.readline():
            progress = Progress.model_validate_json(line)
            hear(progress.report)
            if progress.is_last:
                return None
    except ValueError:  # a page that has broken out of its browser may say anything
        return "the check's report is too long, or is none"
    said = (await process.stderr.read(4_000)).decode(errors="replace").strip()
    if await process.wait() == NO_BROWSER_STATUS:
        raise BrowserMissing(f"{job.browser} does not start: {said.splitlines()[0]}")
    last = said.splitlines()[-1] if said else "nothing"
    return f"the check ended without a report; it said: {last}"


async def _until_too_large(family: ProcessTree) -> None:
    while await asyncio.to_thread(family.look) <= MEMORY_LIMIT:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(LOOK_INTERVAL)


def _broken(message: str) -> Finding:
    return Finding(check="loads", message=message)


def _with(known: Report | None, finding: Finding) -> Report:
    """What was found so far, and why there is no more of it."""
    known = known or Report()
    return known.model_copy(update={"findings": (*known.findings, finding)})
