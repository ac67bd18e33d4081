"""Makes the README's pictures of the console from its pages; `python -m tests.readme_pictures`.

The whole system runs for it, with the stand-ins, so what is to be seen on them has happened.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser

from benchmarks.handoffs import own_server
from benchmarks.records import fresh_database
from tests import authority
from tests.acceptance.operated import Operated, operate
from tests.acceptance.stack import Stack
from tests.browser import running_browser

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WISH = "Build me a todo app with modern UI, step by step"
PACE = 0.4  # seconds before each answer of the stand-in's, so that calls can be seen beside checks


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with operated_system() as operated, running_browser() as browser:
        shoot(browser, operated, "/console", "console-overview", "dark")
        request = f"/console/requests/{operated.finished['request_id']}"
        shoot(browser, operated, request, "console-request", "light")


@contextmanager
def operated_system() -> Iterator[Operated]:
    """A system with a small memory, so that work is handed over, and real checks."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory()))
        os.environ[authority.VARIABLE] = str(authority.write_authority(folder))
        url = fresh_database(opened.enter_context(own_server()))
        stack = Stack(url, folder / "logs", WORKING_BUDGET_TOKENS="12000", CHECK_APPS="true")
        opened.callback(stack.stop)
        stack.start()
        stack.slow_model(PACE)
        yield operate(stack, WISH)


def shoot(
    browser: Browser, operated: Operated, path: str, name: str, scheme: Literal["light", "dark"]
) -> None:
    """Write the picture of a page as it looks in a browser's window."""
    page = browser.new_page(
        viewport={"width": 1440, "height": 900},
        color_scheme=scheme,
        extra_http_headers={"Authorization": "Bearer acceptance-operator-token"},
        timezone_id="UTC",
    )
    page.goto(operated.stack.public_url + path, wait_until="networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")
    print(PICTURES / f"{name}.png")
    page.close()


if __name__ == "__main__":
    main()
