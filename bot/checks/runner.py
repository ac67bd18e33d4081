"""The process of one check: a job as JSON on standard input, reports on standard output.

`python -m bot.checks.runner`. On the way it tells what is known so far, a line each. Exits with 3
and a sentence on standard error when the browser does not start. Whoever starts it ends it; should
that one be gone, the alarm does.
"""

import asyncio
import signal
import sys

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bot.checks.acceptance import Acceptance
from bot.checks.accessibility import check_accessibility
from bot.checks.appearance import check_content, check_layout
from bot.checks.buttons import check_buttons
from bot.checks.finding_collector import FindingCollector, Tell
from bot.checks.forms import check_forms
from bot.checks.language import check_language
from bot.checks.launching import launch
from bot.checks.limits import PATIENT_TIME_LIMIT, START_LIMIT, TIME_TO_REPORT
from bot.checks.machine_pauses import PauseWatch, is_crowded
from bot.checks.page_session import PageSession, Unresponsive, visiting
from bot.checks.phones import Phones
from bot.checks.report import NO_BROWSER_STATUS, CheckRequest, Finding, Progress, Report, unfinished
from bot.checks.site import Site
from bot.checks.stepping import check_criterion
from bot.checks.views import OWNER, keep_owners_view, keep_views


async def check(browser: Browser, job: CheckRequest, evidence: FindingCollector) -> None:
    """Make every check, in three lanes, since most of the time a page is waited for.

    What hangs ends all of them; what is known by then counts.
    """
    site = Site(files=job.files, pictures=job.pictures, evidence=evidence)
    # A page that does not even load is told once, and as it is on a phone.
    async with visiting(browser, site) as phone:
        await _check_phone(phone, job.acceptance)
    async with asyncio.TaskGroup() as lanes:
        lanes.create_task(_press_buttons(browser, site))
        lanes.create_task(_use_desktop_and_forms(browser, site))
        if job.acceptance:
            lanes.create_task(_take_steps(browser, site, job.acceptance))
    # Only now has everything happened that could go wrong.
    evidence.settle_doubts()
    evidence.note_done("loads", "console", "requests")


async def _check_phone(phone: PageSession, acceptance: Acceptance | None) -> None:
    await check_content(phone)
    phone.evidence.outline = await phone.within(phone.page.locator("body").aria_snapshot())
    await check_layout(phone)
    await check_accessibility(phone)
    phone.evidence.note_done("accessibility")
    if acceptance:
        await check_language(phone, acceptance.language)
        phone.evidence.note_done("language")
    else:
        await keep_views(phone)


async def _press_buttons(browser: Browser, site: Site) -> None:
    await check_buttons(browser, site)
    site.evidence.note_done("buttons")


async def _use_desktop_and_forms(browser: Browser, site: Site) -> None:
    await _check_desktop(browser, site)
    await _fill_forms(browser, site)


async def _check_desktop(browser: Browser, site: Site) -> None:
    async with visiting(browser, site, is_phone=False) as desktop:
        await check_content(desktop)
        await check_layout(desktop)
    site.evidence.note_done("content", "layout")


async def _fill_forms(browser: Browser, site: Site) -> None:
    await check_forms(browser, site)
    site.evidence.note_done("forms")


async def _take_steps(browser: Browser, site: Site, acceptance: Acceptance) -> None:
    # Who sees the app in use sees what was entered, where something is.
    entering = [one for one in acceptance.criteria if one.enters_something]
    shows_owner = site.has_owners_part and all(
        one.ends_with != OWNER for one in acceptance.criteria
    )
    for criterion in acceptance.criteria:
        shows_use = not entering or criterion in entering
        await check_criterion(
            browser, site, criterion, shows_use=shows_use, shows_owner=shows_owner
        )
    site.evidence.note_done("acceptance")
    if not site.evidence.views:  # nothing met shows it in use, so it is shown as it opens
        async with Phones(browser, site, has_clock=False) as phones:
            await keep_views(phones.current)
            if shows_owner:
                await keep_owners_view(phones)


async def run(job: CheckRequest, tell: Tell | None = None) -> Report:
    """Start a browser for a job and make its checks. Raises `BrowserError` if there is none.

    The first that is told is that there is a browser: the time limit begins there.
    """
    browser = (await launch(job.browser)).browser
    if tell:
        tell(Report())
    return await run_in(browser, job, tell)


async def run_in(browser: Browser, job: CheckRequest, tell: Tell | None = None) -> Report:
    """Make a job's checks within the time limit.

    Where faults were found and the machine has kept us waiting, they are made once more in the time
    that is left: a control that was slow for no fault of its own is no dead one.
    """
    now = asyncio.get_running_loop().time
    end = now() + job.time_limit - TIME_TO_REPORT
    async with PauseWatch() as watch:
        first = await _attempt(browser, job, end, tell)
    if not watch.was_kept_waiting:
        return first.model_copy(update={"was_kept_waiting": is_crowded()})
    first = first.model_copy(update={"was_kept_waiting": True})
    if not first.blocking or now() >= end:
        return first
    if tell:
        tell(first)
    second = await _attempt(browser, job, end)
    if second.ran >= first.ran:
        return second.model_copy(update={"was_kept_waiting": True})
    return first


async def _attempt(
    browser: Browser, job: CheckRequest, end: float, tell: Tell | None = None
) -> Report:
    """Make the checks until `end`, by the loop's clock; what is found by then counts."""
    evidence = FindingCollector(tell)
    try:
        async with asyncio.timeout_at(end):
            await check(browser, job, evidence)
    except* Unresponsive as hung:
        evidence.add(Finding(check="loads", message=str(_first(hung))))
    except* BrowserError as lost:
        evidence.add(Finding(check="loads", message=f"the page was lost: {_first(lost)}"))
    except* TimeoutError:
        evidence.add(unfinished())
    evidence.settle_doubts()  # again: a check that was cut off has not come to it
    return evidence.report()


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """One of the errors themselves."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


async def answer() -> None:
    """Read the job and tell the last report, before the browser is closed: that takes seconds."""
    report = await run(CheckRequest.model_validate_json(sys.stdin.buffer.readline()), _tell)
    print(Progress(report=report, is_last=True).model_dump_json(), flush=True)


def _tell(report: Report) -> None:
    """Tell what is known by now, which counts if we are ended before we are done."""
    print(Progress(report=report).model_dump_json(), flush=True)


def main() -> None:
    """Answer with one line, and leave without ceremony: a page that loops never closes."""
    signal.alarm(int(START_LIMIT + PATIENT_TIME_LIMIT))
    try:
        asyncio.run(answer())
    except BrowserError as error:
        print(error.message, file=sys.stderr)
        sys.exit(NO_BROWSER_STATUS)


if __name__ == "__main__":
    main()
