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
            await page.evaluate(script("bring_text"), text)
        case ExpectVisible(role=role, name=name) | ExpectChecked(role=role, name=name):
            await (await one_of(page, role, name)).scroll_into_view_if_needed(timeout=limit)
        case ExpectCount(role=role, name=name, count=count) if count:
            await all_of(page, role, name).first.scroll_into_view_if_needed(timeout=limit)
        case _:
            return
