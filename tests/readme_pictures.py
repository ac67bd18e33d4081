"""Makes the README's pictures from the pages themselves; `python -m tests.readme_pictures`.

The whole system runs for it, with the stand-ins, so what is to be seen on them has happened: on the
stage a build whose engineer just handed over, in the console one that is over.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from benchmarks.ground import fresh_database, own_server
from tests import authority
from tests.acceptance.demos import PHONE, demo
from tests.acceptance.operated import Operated, operate
from tests.acceptance.stack import Stack
from tests.browser import running_browser
from tests.found import found

PICTURES = Path(__file__).parent.parent / ".github/pictures"
WISH = "Build me a todo app with modern UI, step by step"
PACE = 0.4  # seconds before each answer of the stand-in's, so that calls can be seen beside checks
LONG = 180_000  # milliseconds until an engineer has handed over


def main() -> None:
    with TemporaryDirectory() as folder:
        os.environ[authority.VARIABLE] = str(authority.write_authority(Path(folder)))
        with running_browser() as browser:
            shoot_stage(browser, Path(folder))
            shoot_console(browser)


def shoot_stage(browser: Browser, folder: Path) -> None:
    """Write the picture of the stage in the middle of a build, at a model's pace."""
    with demo(folder) as output, browser_page(browser, "light") as page:
        page.goto(found(PHONE, output.read_text())[0])
        expect(page.locator("#presence")).to_have_text("online")
        for control in ("12k", "Claude’s pace"):
            page.locator("#controls").get_by_role("button", name=control).click()
        page.get_by_label("Message", exact=True).fill(WISH)
        page.keyboard.press("Enter")
        expect(page.locator("#lanes")).to_contain_text("frontend v2", timeout=LONG)
        expect(page.frame_locator("iframe").locator("h1")).to_be_visible(timeout=LONG)
        write(page, "stage")


def shoot_console(browser: Browser) -> None:
    """Write the pictures of the console's overview and of a request."""
    with operated_system() as operated:
        shoot(browser, operated, "/console", "console-overview", "dark")
        request = f"/console/requests/{operated.finished['request_id']}"
        shoot(browser, operated, request, "console-request", "light")


@contextmanager
def operated_system() -> Iterator[Operated]:
    """A system with a small memory, so that work is handed over, and real checks."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        url = fresh_database(opened.enter_context(own_server()))
        stack = Stack(url, folder / "logs", WORKING_BUDGET_TOKENS="12000", CHECK_APPS="true")
        opened.callback(stack.stop)
        stack.start()
        stack.slow_model(PACE)
        yield operate(stack, WISH)


def shoot(
    browser: Browser, operated: Operated, path: str, name: str, scheme: Literal["light", "dark"]
) -> None:
    """Write the picture of a page of the console."""
    token = {"Authorization": "Bearer acceptance-operator-token"}
    with browser_page(browser, scheme, **token) as page:
        page.goto(operated.stack.public_url + path, wait_until="networkidle")
        write(page, name)


@contextmanager
def browser_page(
    browser: Browser, scheme: Literal["light", "dark"], **headers: str
) -> Iterator[Page]:
    """A window of a browser, as large as the pictures are."""
    page = browser.new_page(
        viewport={"width": 1440, "height": 900},
        color_scheme=scheme,
        extra_http_headers=headers,
        timezone_id="UTC",
    )
    yield page
    page.close()


def write(page: Page, name: str) -> None:
    """Write the picture of what the window shows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
