"""Presses a control as a finger would, and tells what came of it.

A press is honest only if it has reached the control: it was in view, nothing lay over it, and the
page has seen the press arrive. One that did not, or that the machine has kept waiting, is made
again; only honest ones say something of the control.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from playwright.async_api import Error as BrowserError

from bot.checks.machine_pauses import PauseWatch
from bot.checks.page_session import LOAD_LIMIT, PageSession, Unresponsive, script

ATTEMPTS = 3
PATIENCE = 0.4  # seconds for an effect
LONG_PATIENCE = 1.0  # seconds, before a button is called dead
SHORT_PATIENCE = 0.08  # seconds, where there are many occasions
LOOK_INTERVAL = 0.03  # seconds between two looks at the page
LEAST_LOOKS = 3  # whatever the clock says: a busy machine may let a page run late
CALMING = 5  # looks at a page that does not come to rest
UNCOVERING = 0.25  # seconds for what lies over a control to go away

ButtonKey = tuple[str, str]
"""What a button is known by on another page: its name and its selector."""

Outcome = Literal["effect", "nothing", "covered", "unseen", "missed"]


@dataclass(frozen=True)
class Button:
    """A control by its place among the controls, what it is called, and how to find it.

    `is_late` tells whether it was not there when the page was remembered (if it ever was).
    """

    place: int
    name: str
    selector: str
    is_late: bool = False

    @property
    def key(self) -> ButtonKey:
        """What it is known by on another page."""
        return self.name, self.selector

    def __str__(self) -> str:
        return f"“{self.name}”" if self.name else self.selector


@dataclass(frozen=True)
class PressResult:
    """What came of a press; `over` is what lay over the control."""

    outcome: Outcome
    over: str = ""


async def ready_buttons(visit: PageSession) -> list[Button]:
    """The controls that can be pressed now."""
    return [
        Button(place=place, name=one["name"], selector=one["selector"], is_late=one["late"])
        for place, one in enumerate(await _ask(visit, "buttons"))
        if one["ready"]
    ]


async def find(visit: PageSession, wanted: Button) -> Button | None:
    """The same button, wherever it is now."""
    return next(iter(await find_all(visit, wanted)), None)


async def find_all(visit: PageSession, wanted: Button) -> list[Button]:
    """The first and the last button of that name; only late ones where `wanted` was one."""
    found = [
        one
        for one in await ready_buttons(visit)
        if one.key == wanted.key and (one.is_late or not wanted.is_late)
    ]
    return found if len(found) < 2 else [found[0], found[-1]]


async def press(visit: PageSession, button: Button, patience: float = PATIENCE) -> PressResult:
    """Press until a press was honest or has an effect, a few times at most.

    `patience` is in seconds. Raises `Unresponsive`.
    """
    result = PressResult("missed")
    for _ in range(ATTEMPTS):
        async with PauseWatch() as watch:
            result = await _press_once(visit, button, patience)
        is_effect = result.outcome == "effect"
        if result.outcome != "missed" and (is_effect or not watch.was_kept_waiting):
            break
    return result


async def tap(visit: PageSession, button: Button) -> None:
    """Press and wait until it is over, so that what comes of it is not taken for another's effect.

    Raises `Unresponsive`.
    """
    aim = await _ask(visit, "aim", button.place)
    if not aim["at"] or aim["covered"]:
        return
    await _click(visit, button, aim["at"])
    before = None
    for _ in range(CALMING):
        after = (visit.surprises, await _ask(visit, "state"))
        if after == before:
            return
        before = after
        await asyncio.sleep(SHORT_PATIENCE)


async def _press_once(visit: PageSession, button: Button, patience: float) -> PressResult:
    aim = await _aim(visit, button)
    if aim["at"] is None:
        return PressResult("unseen")
    if aim["covered"]:
        return PressResult("covered", aim["covered"])
    before, surprises = await _ask(visit, "state"), visit.surprises
    await _click(visit, button, aim["at"])
    deadline = asyncio.get_running_loop().time() + patience
    looks = 0
    while True:
        try:
            after = await visit.ask(script("state"))
        except BrowserError:
            return PressResult("effect")  # the page was left while we looked
        looks += 1
        if visit.surprises != surprises or _differs(before, after):
            return PressResult("effect")
        if looks >= LEAST_LOOKS and asyncio.get_running_loop().time() > deadline:
            return PressResult("nothing" if after["reached"] else "missed")
        await asyncio.sleep(LOOK_INTERVAL)


def _differs(before: dict[str, object], after: dict[str, object]) -> bool:
    # That the focus has left a field for the button is no effect.
    same = {"focus": after["focus"] or before["focus"], "reached": before["reached"]}
    return {**after, **same} != before


async def _aim(visit: PageSession, button: Button) -> dict[str, Any]:
    """Where to press, before anything is noted: that the page scrolls is no effect."""
    aim: dict[str, Any] = await _ask(visit, "aim", button.place)
    deadline = asyncio.get_running_loop().time() + UNCOVERING
    while aim["covered"] and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK_INTERVAL)
        aim = await _ask(visit, "aim", button.place)
    return aim


async def _click(visit: PageSession, button: Button, at: object) -> None:
    """Press there. Where the page is left by it the browser may complain; what follows tells."""
    assert isinstance(at, list)
    visit.forget_question()
    try:
        await visit.within(visit.page.mouse.click(at[0], at[1]))
        await visit.ask("() => true")
    except Unresponsive as error:
        raise Unresponsive(f"after pressing {button}: {error}") from None
    except BrowserError:
        return


async def _ask(visit: PageSession, name: str, argument: object = None) -> Any:
    """Ask the page, and if a former press leads to another one just now, that one."""
    try:
        return await visit.ask(script(name), argument)
    except BrowserError:
        await visit.page.wait_for_load_state("load", timeout=LOAD_LIMIT * 1000)
        return await visit.ask(script(name), argument)
