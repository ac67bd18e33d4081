"""A Chromium for the tests: the system's, else one is fetched; `python -m tests.browser`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.checks.chromium import CHROMIUM_OPTIONS, find_chromium

__all__ = ["find_chromium", "running_browser", "set_hidden"]

PATIENCE = 30_000  # milliseconds that a page may take to show what is expected


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless browser, whose pages are given time where other tests keep the machine busy."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS), timeout=2 * PATIENCE
        )
        yield browser
        browser.close()


def set_hidden(page: Page, is_hidden: bool) -> None:
    """Let a page believe that it is behind another one, or before it: headless, all are shown."""
    page.evaluate(
        """isHidden => {
             Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
             document.dispatchEvent(new Event("visibilitychange"));
           }""",
        is_hidden,
    )


def fetch_chromium() -> bool:
    """Get a browser by Playwright's download, or by Debian's package where we may."""
    attempts: list[Sequence[str]] = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        install = "apt-get -qq install -y"
        either = f"{install} chromium-headless-shell || {install} chromium"
        attempts.append(["sh", "-c", f"apt-get -qq update && ({either})"])
    for attempt in attempts:
        done = subprocess.run(attempt, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode == 0 and find_chromium():
            return True
    return False


def main() -> None:
    if find_chromium() or fetch_chromium():
        return
    message = "No browser could be found or fetched: the browser tests are NOT run."
    if os.environ.get("CI"):
        sys.exit(f"{message} In CI they must run; install Chromium.")
    print(f"\n*** {message} ***\n", file=sys.stderr)


if __name__ == "__main__":
    main()
