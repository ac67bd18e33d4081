"""Takes the steps of the acceptance criteria, each criterion on a page that was never used."""

import re

from playwright.async_api import Browser, Locator, Page, expect
from playwright.async_api import Error as BrowserError

from bot.checks.acceptance import (
    Choose,
    Click,
    Criterion,
    ExpectCount,
    ExpectNoText,
    ExpectText,
    ExpectVisible,
    Fill,
    Press,
    Reload,
    Step,
)
from bot.checks.appearance import is_one_colour
from bot.checks.page_session import LOAD_LIMIT, PageSession, Unresponsive, script, visiting
from bot.checks.report import Finding
from bot.checks.site import Site
from bot.checks.views import keep_views

STEP_LIMIT = 2.0  # seconds for one step
_FIELDS = "input, textarea, select, [contenteditable]:not([contenteditable=false])"
_TICKED = {"checkbox", "radio", "switch"}


async def check_criterion(browser: Browser, site: Site, criterion: Criterion) -> None:
    """Take the steps until one cannot be taken; a step that fails is evidence."""
    async with visiting(browser, site) as visit:
        for number, step in enumerate(criterion.steps, 1):
            where = f"step {number} of “{criterion.criterion}”, {_told(step)}"
            try:
                await visit.within(_take(visit, step), LOAD_LIMIT)
            except Unresponsive as error:
                raise Unresponsive(f"at {where}: {error}") from None
            except (BrowserError, AssertionError) as error:
                visit.evidence.add(
                    Finding(
                        check="acceptance",
                        message=_reason(error),
                        step=where,
                        subject=criterion.criterion,
                    )
                )
                if visit.evidence.failure is None:
                    visit.evidence.failure = await visit.within(visit.page.screenshot(type="png"))
                return
        await _keep_picture(visit)


async def _keep_picture(visit: PageSession) -> None:
    """Show the app in use instead of as it opens: at the end of the first criterion that is met.

    No picture is no fault of the app's; then the former one stays.
    """
    if visit.evidence.is_pictured_in_use:
        return
    try:
        picture = await visit.within(visit.page.screenshot(type="png"))
    except (BrowserError, Unresponsive):
        return
    if not is_one_colour(picture):
        visit.evidence.picture = picture
        visit.evidence.is_pictured_in_use = True
        await keep_views(visit)


async def _take(visit: PageSession, step: Step) -> None:
    page, limit = visit.page, STEP_LIMIT * 1000
    match step:
        case Fill(field=name, text=text):
            await _field(page, name).fill(text, timeout=limit)
        case Choose(field=name, option=option):
            await _field(page, name).select_option(label=option, timeout=limit)
        case Click(role=role, name=name):
            control = await _found(page, role, name)
            # A tick box is often drawn by its label and lies below it.
            await control.click(timeout=limit, force=role in _TICKED)
        case Press(key=key):
            await page.keyboard.press(key)
        case Reload():
            await page.reload(wait_until="load", timeout=LOAD_LIMIT * 1000)
        case ExpectText(text=text) | ExpectNoText(text=text):
            wanted = isinstance(step, ExpectText)
            await page.wait_for_function(script("reads"), arg=[text, wanted], timeout=limit)
        case ExpectVisible(role=role, name=name):
            await expect(await _found(page, role, name)).to_be_visible(timeout=limit)
        case ExpectCount(role=role, name=name, count=count):
            named = page.get_by_role(role, name=name) if name else page.get_by_role(role)
            await expect(named).to_have_count(count, timeout=limit)


def _field(page: Page, name: str) -> Locator:
    """The field with that label, accessible name or placeholder."""
    named = page.get_by_label(name).or_(page.get_by_placeholder(name))
    return named.and_(page.locator(_FIELDS)).locator("visible=true").first


async def _found(page: Page, role: str, name: str) -> Locator:
    """The control of exactly that name, else one whose name holds it."""
    exact = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    if await exact.count():
        return exact.first
    return page.get_by_role(role, name=name).first  # type: ignore[arg-type]


def _told(step: Step) -> str:
    values = [str(value) for name, value in step.model_dump().items() if name != "action"]
    return f"{step.action.replace('_', ' ')} {' / '.join(filter(None, values))}".strip()


def _reason(error: Exception) -> str:
    """What a step failed by, in a line without the browser's own escapes and call log."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).partition("Call log:")[0].strip()
    if "Timeout" in text and "wait_for_function" in text:
        return "this is not so"
    if "Timeout" in text:
        return "nothing of that name can be found or used on the page"
    return " ".join(text.split())
