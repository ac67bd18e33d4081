"""Whether the buttons work that exist only after something was entered.

Such as "delete" in a row of a list. They are judged by the rule of `bot.checks.buttons`, each press
on a page where the same was entered.
"""

from collections import Counter

from playwright.async_api import Browser

from bot.checks.buttons import Enter, works_after_all
from bot.checks.page_session import PageSession, script, visiting
from bot.checks.press_log import PressLog, accuse
from bot.checks.presses import Button, ButtonKey, ready_buttons
from bot.checks.site import Site

MAX_LATE_BUTTONS = 8
FRESH_PAGES = 2  # more, where a button takes others away with it

Opening = Counter[ButtonKey]  # how often there is each button as the page opens


async def remember(visit: PageSession) -> Opening:
    """Note which buttons are there, before anything is entered."""
    await visit.ask(script("remember"))
    return Counter(one.key for one in await ready_buttons(visit))


async def late_buttons(visit: PageSession, opening: Opening) -> list[Button]:
    """The buttons that came since, one of each name; what was only drawn again is none."""
    ready = await ready_buttons(visit)
    count = Counter(one.key for one in ready)
    new = {one.key: one for one in ready if one.is_late and count[one.key] > opening[one.key]}
    return list(new.values())


async def check_late_buttons(
    browser: Browser, site: Site, visit: PageSession, opening: Opening, enter: Enter
) -> None:
    """Press what came late to this page, on which `enter` was done."""
    log, evidence = PressLog(), site.evidence

    async def list_late(page: PageSession) -> list[Button]:
        return await late_buttons(page, opening)

    seen = await log.press_each(visit, list_late, MAX_LATE_BUTTONS)
    for _ in range(FRESH_PAGES):
        if all(log.is_judged(one) for one in seen.values()):
            break
        async with visiting(browser, site) as again:
            await remember(again)
            await enter(again)
            seen |= await log.press_each(again, list_late, MAX_LATE_BUTTONS)
    for button in seen.values():
        noted = evidence.pressed if log.is_known(button) else evidence.untried
        noted[button.name or button.selector] = None
    for suspect in log.suspects.values():
        if not await works_after_all(browser, site, suspect, log.working, enter):
            accuse(evidence, suspect)
