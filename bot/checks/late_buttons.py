"""Whether the buttons work that exist only after something was entered.

Such as "delete" in a row of a list. They are judged by the rule of `bot.checks.buttons`, each press
on a page where the same was entered.
"""

from collections import Counter

from playwright.async_api import Browser

from bot.checks.buttons import Enter, Round, accuse, works_after_all
from bot.checks.page_session import PageSession, script, visiting
from bot.checks.presses import Button, ready_buttons
from bot.checks.site import Site

MAX_BORN = 8
FRESH_PAGES = 2  # more, where a button takes others away with it

Opening = Counter[tuple[str, str]]  # how often there is each button as the page opens


async def remember(visit: PageSession) -> Opening:
    """Note which buttons are there, before anything is entered."""
    await visit.ask(script("remember"))
    return Counter(one.key for one in await ready_buttons(visit))


async def born(visit: PageSession, opening: Opening) -> list[Button]:
    """The buttons that came since, one of each name; what was only drawn again is none."""
    ready = await ready_buttons(visit)
    count = Counter(one.key for one in ready)
    new = {one.key: one for one in ready if one.is_born and count[one.key] > opening[one.key]}
    return list(new.values())


async def check_born(
    browser: Browser, site: Site, visit: PageSession, opening: Opening, enter: Enter
) -> None:
    """Press what was born on this page, on which `enter` was done."""
    made = Round()
    seen = await _press_born(visit, opening, made)
    for _ in range(FRESH_PAGES):
        if all(made.is_judged(one) for one in seen.values()):
            break
        async with visiting(browser, site) as again:
            await remember(again)
            await enter(again)
            seen |= await _press_born(again, opening, made)
    for button in seen.values():
        is_judged = button.key in made.suspects or made.is_judged(button)
        noted = visit.evidence.pressed if is_judged else visit.evidence.untried
        noted[button.name or button.selector] = None
    for suspect in made.suspects.values():
        if not await works_after_all(browser, site, suspect, made.others, enter):
            accuse(visit, suspect)


async def _press_born(
    visit: PageSession, opening: Opening, made: Round
) -> dict[tuple[str, str], Button]:
    """Press each of them once; returns all that were seen."""
    seen: dict[tuple[str, str], Button] = {}
    tried: set[tuple[str, str]] = set()
    while len(tried) < MAX_BORN:
        now = await born(visit, opening)
        seen |= {one.key: one for one in now if one.key not in seen}
        fresh = next((b for b in now if b.key not in tried and not made.is_judged(b)), None)
        if fresh is None:
            break
        tried.add(fresh.key)
        await made.press(visit, fresh)
    return seen
