"""Whether every button does something when it is pressed.

A button counts as dead only if two honest presses change nothing: on the page as it opens, and on a
fresh one after every field was filled and text was selected, and after any other button was
pressed. For many sound buttons do nothing at first, such as "clear" on an empty list.
"""

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser

from bot.checks.page_session import PageSession, script, visiting
from bot.checks.press_log import PressLog, Suspect, accuse
from bot.checks.presses import (
    LONG_PATIENCE,
    SHORT_PATIENCE,
    Button,
    ButtonKey,
    find,
    find_all,
    press,
    ready_buttons,
    tap,
)
from bot.checks.site import Site

MAX_BUTTONS = 24
MAX_SUSPECTS = 6  # that get a page of their own; more share one, being hardly all innocent
FRESH_PAGES = 4  # on which is pressed what another button has covered, or has taken away
MARKER = "Zebrafink"

Enter = Callable[[PageSession], Awaitable[object]]


async def check_buttons(browser: Browser, site: Site) -> None:
    """Press every button that can be pressed."""
    log, evidence = PressLog(), site.evidence
    seen: dict[ButtonKey, Button] = {}
    for _ in range(FRESH_PAGES):
        known = len(log.working)
        async with visiting(browser, site) as visit:
            seen |= await _press_all(visit, log)
        if not _has_left(log, seen) or len(log.working) == known:
            break
    for button in log.working:
        evidence.pressed[button.name or button.selector] = None
    for button in seen.values():
        if not log.is_known(button):
            evidence.untried[button.name or button.selector] = None
    await _dismiss(browser, site, log.prompting)
    suspects = list(log.suspects.values())
    if len(suspects) > MAX_SUSPECTS:
        suspects = await _look_again(browser, site, suspects)
    for suspect in suspects:
        if len(suspects) > MAX_SUSPECTS or not await works_after_all(
            browser, site, suspect, log.working
        ):
            accuse(evidence, suspect)
        else:
            evidence.pressed[suspect.button.name or suspect.button.selector] = None


def _has_left(log: PressLog, seen: dict[ButtonKey, Button]) -> bool:
    """Whether a fresh page may show more: of what was covered, or of what was gone too soon."""
    covered = any(not one.honest for one in log.suspects.values())
    gone = any(not log.is_known(one) for one in seen.values())
    return covered or (gone and log.known < MAX_BUTTONS)


async def _press_all(visit: PageSession, log: PressLog) -> dict[ButtonKey, Button]:
    """Press each button once, and those again that something lay over at first.

    Returns all that were there on the way.
    """
    seen = await log.press_each(visit, ready_buttons, MAX_BUTTONS - log.known)
    for suspect in [one for one in log.suspects.values() if not one.honest]:
        if again := await find(visit, suspect.button):
            await log.press(visit, again)
    return seen


async def _dismiss(browser: Browser, site: Site, prompting: list[Button]) -> None:
    """Where a prompt's answer led to an error, press again and give none."""
    for button in prompting[:MAX_SUSPECTS]:
        if not site.evidence.open_questions:
            return
        async with visiting(browser, site, dismisses=True) as visit:
            if again := await find(visit, button):
                await press(visit, again)


async def _look_again(browser: Browser, site: Site, suspects: list[Suspect]) -> list[Suspect]:
    """Press all of them on one page that was filled; returns those that still have no effect."""
    left: list[Suspect] = []
    async with visiting(browser, site) as visit:
        await fill(visit)
        for suspect in suspects:
            button = await find(visit, suspect.button)
            if button is None or not suspect.note(await press(visit, button)):
                left.append(suspect)
    return left


async def works_after_all(
    browser: Browser,
    site: Site,
    suspect: Suspect,
    working: list[Button],
    enter: Enter | None = None,
) -> bool:
    """Whether the button has an effect on a page that was filled, or after any other button.

    `enter` brings a fresh page to where the button exists.
    """
    async with visiting(browser, site) as visit:
        if enter:
            await enter(visit)
            await enter(visit)  # "move up" needs two of a kind
        await fill(visit)
        for button in await find_all(visit, suspect.button):
            if suspect.note(await press(visit, button)):
                return True
    async with visiting(browser, site) as visit:
        if enter:
            await enter(visit)
        for other in working:
            if pressed := await find(visit, other):
                await tap(visit, pressed)
            again = await find(visit, suspect.button)
            if again and suspect.note(await press(visit, again, SHORT_PATIENCE)):
                return True
        again = await find(visit, suspect.button)
        return bool(again and suspect.note(await press(visit, again, LONG_PATIENCE)))


async def fill(visit: PageSession) -> None:
    """Fill every field and select text, which some buttons work on."""
    for name in await visit.ask(script("fill"), [None, MARKER]):
        visit.evidence.filled[name] = None
    await visit.ask(script("select"))
