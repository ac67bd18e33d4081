"""Trials of apps in a browser, on a machine that may have too much to do."""

from collections.abc import Awaitable, Callable

from bot.checks.report import Report, unfinished

TIMES = 3  # an attempt takes no longer than half a minute


async def tried(attempt: Callable[[], Awaitable[Report]]) -> Report:
    """What a trial says of an app; one that the machine has kept from its end is made again."""
    report = await attempt()
    for _ in range(TIMES - 1):
        if not report.was_kept_waiting or unfinished() not in report.findings:
            break
        report = await attempt()
    return report
