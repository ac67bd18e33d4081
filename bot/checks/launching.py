"""Starts the browser of a check, in its sandbox wherever the system has one."""

import re
from typing import NamedTuple

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as BrowserError

from bot.checks.chromium import CHROMIUM_OPTIONS, ISOLATION, NO_SANDBOX
from bot.checks.limits import HEAP_LIMIT

# What Chromium says where it may make no namespaces.
_REFUSED = re.compile("No usable sandbox|Failed to move to new namespace")


class Launched(NamedTuple):
    """A browser, and whether its pages are in its sandbox."""

    browser: Browser
    is_sandboxed: bool


async def launch(executable: str) -> Launched:
    """Start it. Raises `BrowserError` if it does not start at all."""
    driver = await async_playwright().start()
    options = [*CHROMIUM_OPTIONS, *ISOLATION, f"--js-flags=--max-old-space-size={HEAP_LIMIT}"]
    if NO_SANDBOX not in options:
        try:
            browser = await driver.chromium.launch(
                executable_path=executable, args=options, chromium_sandbox=True
            )
            return Launched(browser, is_sandboxed=True)
        except BrowserError as error:
            if not _REFUSED.search(error.message):
                raise
    browser = await driver.chromium.launch(
        executable_path=executable, args=options, chromium_sandbox=False
    )
    return Launched(browser, is_sandboxed=False)
