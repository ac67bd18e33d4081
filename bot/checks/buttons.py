"""Whether every button does something when it is pressed.

A button counts as dead only if a press changes nothing twice: on the page as it opens, and on a
fresh one after every field was filled, and after any other button was pressed. For many sound
buttons do nothing at first, such as "clear" on an empty list.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bot.checks.page_session import PageSession, Unresponsive, script, visiting
from bot.checks.report import Finding
from bot.checks.site import Site

MAX_BUTTONS = 24
MAX_SUSPECTS = 6  # that are looked at a second time; more are hardly all innocent
PRESS_LIMIT = 1.0  # seconds for the press itself
PATIENCE = 0.4  # seconds for an effect
SHORT_PATIENCE = 0.08  # seconds, where there are many occasions
_CONTROLS = (
    'button, [role="button"], input[type="button"], input[type="submit"], a[href="#"], a[href=""]'
)
MARKER = "Zebrafink"


@dataclass(frozen=True)
class Button:
    """A control by its place among the controls, what it is called, and how to find it."""

    place: int
    name: str
    selector: str

    def __str__(self) -> str:
        return f"“{self.name}”" if self.name else self.selector


async def check_buttons(browser: Browser, site: Site) -> None:
    """Press every button that can be pressed."""
    async with visiting(browser, site) as visit:
        suspects, others = await _first_round(visit)
    if not suspects:
        return
    if len(suspects) > MAX_SUSPECTS:
        for button in suspects:
            _accuse(visit, button)
        return
    for button in suspects:
        if not await _works_after_all(browser, site, button, others):
            _accuse(visit, button)


def _accuse(visit: PageSession, button: Button) -> None:
    visit.evidence.add(
        Finding(
            check="buttons",
            message=f"the button {button} does nothing when it is pressed",
            selector=button.selector,
            subject=button.name or None,
        )
    )


async def _first_round(visit: PageSession) -> tuple[list[Button], list[Button]]:
    """Press each button once; returns those without an effect, and the others."""
    suspects: list[Button] = []
    others: list[Button] = []
    tried: set[str] = set()
    while len(tried) < MAX_BUTTONS:
        button = next((b for b in await _ready(visit) if b.name + b.selector not in tried), None)
        if button is None:
            break
        tried.add(button.name + button.selector)
        (others if await _has_effect(visit, button) else suspects).append(button)
    return suspects, others


async def _works_after_all(
    browser: Browser, site: Site, suspect: Button, others: list[Button]
) -> bool:
    """Whether the button has an effect once all fields are filled, or after any other button."""
    async with visiting(browser, site) as visit:
        await visit.ask(script("fields"), [None, MARKER])
        button = await _find(visit, suspect)
        if button and await _has_effect(visit, button):
            return True
    async with visiting(browser, site) as visit:
        for other in others:
            if button := await _find(visit, other):
                await _press(visit, button)
            again = await _find(visit, suspect)
            if again is None:
                return False
            if await _has_effect(visit, again, SHORT_PATIENCE):
                return True
    return False


async def _find(visit: PageSession, wanted: Button) -> Button | None:
    """The same button, wherever it is now."""
    return next(
        (b for b in await _ready(visit) if (b.name, b.selector) == (wanted.name, wanted.selector)),
        None,
    )


async def _ready(visit: PageSession) -> list[Button]:
    return [
        Button(place=place, name=found["name"], selector=found["selector"])
        for place, found in enumerate(await visit.ask(script("buttons")))
        if found["ready"]
    ]


async def _has_effect(visit: PageSession, button: Button, patience: float = PATIENCE) -> bool:
    await _bring_into_view(visit, button)
    before, surprises = await visit.ask(script("state")), visit.surprises
    if not await _press(visit, button):
        return False
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            after = await visit.ask(script("state"))
        except BrowserError:
            return True  # the page was left while we looked
        # That the focus has left a field for the button is no effect.
        focus = after["focus"] or before["focus"]
        if {**after, "focus": focus} != before or visit.surprises != surprises:
            return True
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.03)


async def _bring_into_view(visit: PageSession, button: Button) -> None:
    """Scroll first, so that scrolling is not taken for an effect."""
    control = visit.page.locator(_CONTROLS).nth(button.place)
    with suppress(BrowserError):
        await control.scroll_into_view_if_needed(timeout=PRESS_LIMIT * 1000)


async def _press(visit: PageSession, button: Button) -> bool:
    """Press as a finger would; False if something lies over the button."""
    try:
        await visit.within(
            visit.page.locator(_CONTROLS)
            .nth(button.place)
            .click(timeout=PRESS_LIMIT * 1000, no_wait_after=True)
        )
        await visit.ask("() => true")
    except Unresponsive as error:
        raise Unresponsive(f"after pressing {button}: {error}") from None
    except BrowserError:
        return False
    return True
