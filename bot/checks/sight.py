"""Brings into sight what an expectation was met by, as a user would scroll to read it."""

from playwright.async_api import Page

from bot.checks.locating import all_of, one_of
from bot.checks.page_session import script
from bot.checks.steps import (
    ExpectChecked,
    ExpectCount,
    ExpectOrder,
    ExpectText,
    ExpectVisible,
    Step,
)


async def bring_into_sight(page: Page, step: Step, limit: float) -> None:
    """Scroll to what `step` looked for, within `limit` milliseconds; raises `BrowserError`.

    What is in no place of the page (a dialog, colours, what is gone) moves nothing.
    """
    match step:
        case ExpectText(text=text) | ExpectOrder(texts=[text, *_]):
            found = await page.evaluate_handle(script("find_text"), text)
            part = found.as_element()
        case ExpectVisible(role=role, name=name) | ExpectChecked(role=role, name=name):
            part = await (await one_of(page, role, name)).element_handle(timeout=limit)
        case ExpectCount(role=role, name=name, count=count) if count:
            part = await all_of(page, role, name).first.element_handle(timeout=limit)
        case _:
            return
    if part is not None:  # Playwright's own way would wait until what bounces stands still
        await part.evaluate(script("bring_into_sight"))
