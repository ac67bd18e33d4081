"""Whether every button does something when it is pressed.

A button counts as dead only if two honest presses change nothing: on the page as it opens, and on a
fresh one after every field was filled and text was selected, and after any other button was
pressed. For many sound buttons do nothing at first, such as "clear" on an empty list.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from playwright.async_api import Browser

from bot.checks.page_session import PageSession, script, visiting
from bot.checks.presses import (
    LONG_PATIENCE,
    SHORT_PATIENCE,
    Button,
    Press,
    find,
    find_all,
    press,
    ready_buttons,
    tap,
)
from bot.checks.report import Finding
from bot.checks.site import Site

MAX_BUTTONS = 24
MAX_SUSPECTS = 6  # that get a page of their own; more share one, being hardly all innocent
FRESH_PAGES = 4  # on which is pressed what lies under something that another button has opened
HONEST = 2  # presses
MARKER = "Zebrafink"

Enter = Callable[[PageSession], Awaitable[object]]


@dataclass
class Suspect:
    """A button that no press had an effect on so far."""

    button: Button
    honest: int = 0
    last: Press = field(default_factory=lambda: Press("missed"))

    def note(self, made: Press) -> bool:
        """Whether the press shows that the button works."""
        self.honest += made.outcome == "nothing"
        self.last = made
        return made.outcome == "effect"


@dataclass
class Round:
    """What came of pressing everything: suspects, those with an effect, those that ask."""

    suspects: dict[tuple[str, str], Suspect] = field(default_factory=dict)
    others: list[Button] = field(default_factory=list)
    asking: list[Button] = field(default_factory=list)

    def is_judged(self, button: Button) -> bool:
        """Whether a press has reached it."""
        suspect = self.suspects.get(button.key)
        return bool(suspect and suspect.honest) or any(one.key == button.key for one in self.others)

    async def press(self, visit: PageSession, button: Button) -> None:
        """Press a button and note what came of it."""
        suspect = self.suspects.get(button.key) or Suspect(button)
        if suspect.note(await press(visit, button)):
            self.suspects.pop(button.key, None)
            self.others.append(button)
        else:
            self.suspects[button.key] = suspect
        if visit.question is not None:
            self.asking.append(button)


async def check_buttons(browser: Browser, site: Site) -> None:
    """Press every button that can be pressed."""
    made = Round()
    for _ in range(FRESH_PAGES):
        known = len(made.others)
        async with visiting(browser, site) as visit:
            await _press_all(visit, made)
        blocked = any(not one.honest for one in made.suspects.values())
        if not blocked or len(made.others) == known:
            break
    for button in made.others:
        visit.evidence.pressed[button.name or button.selector] = None
    await _dismiss(browser, site, made.asking)
    suspects = list(made.suspects.values())
    if len(suspects) > MAX_SUSPECTS:
        suspects = await _look_again(browser, site, suspects)
    for suspect in suspects:
        if len(suspects) > MAX_SUSPECTS or not await works_after_all(
            browser, site, suspect, made.others
        ):
            accuse(visit, suspect)
        else:
            visit.evidence.pressed[suspect.button.name or suspect.button.selector] = None


def accuse(visit: PageSession, suspect: Suspect) -> None:
    """Tell what speaks against a button; one that was not pressed twice is only named."""
    button = suspect.button
    name = button.name or button.selector
    if suspect.honest >= HONEST:
        visit.evidence.pressed[name] = None
        message = f"the button {button} does nothing when it is pressed"
    elif suspect.last.outcome == "covered":
        message = f"the button {button} cannot be pressed: {suspect.last.over} lies over it"
    elif suspect.last.outcome == "unseen":
        message = f"the button {button} cannot be pressed: it lies outside of the screen"
    else:
        visit.evidence.untried[name] = None
        return
    visit.evidence.add(
        Finding(
            check="buttons",
            message=message,
            selector=button.selector,
            subject=button.name or None,
            is_out_of_reach=suspect.honest < HONEST,
        )
    )


async def _press_all(visit: PageSession, made: Round) -> None:
    """Press each button once, and those again that something lay over at first."""
    tried: set[tuple[str, str]] = set()
    while len(tried) < MAX_BUTTONS:
        ready = await ready_buttons(visit)
        fresh = next((b for b in ready if b.key not in tried and not made.is_judged(b)), None)
        if fresh is None:
            break
        tried.add(fresh.key)
        await made.press(visit, fresh)
    for suspect in [one for one in made.suspects.values() if not one.honest]:
        if again := await find(visit, suspect.button):
            await made.press(visit, again)


async def _dismiss(browser: Browser, site: Site, asking: list[Button]) -> None:
    """Where a prompt's answer led to an error, press again and give none."""
    for button in asking[:MAX_SUSPECTS]:
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
    others: list[Button],
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
        for other in others:
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
