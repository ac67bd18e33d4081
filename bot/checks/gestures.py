"""What a hand does beyond clicking: pointing, swiping and dragging."""

import asyncio
from collections.abc import Iterator

from playwright.async_api import CDPSession, FloatRect, Locator, Page

from bot.checks.locating import thing
from bot.checks.page_session import PageSession, script
from bot.checks.steps import Direction

MOVES = 10  # of a finger on its way
MOVE_TIME = 0.016  # seconds from one to the next
HOLD = 0.05  # seconds that a finger rests before it moves
SETTLING = 0.1  # seconds for what an app does when it is let go
SWIPED = 0.6  # of the thing's size, at least
SHORTEST = 160  # pixels; less may be taken for a tap
EDGE = 4  # pixels from the screen's edge, where the phone itself takes a finger

_WAYS: dict[Direction, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}
_IS_DRAGGABLE = "(thing) => Boolean(thing.closest('[draggable=true]'))"

Place = tuple[float, float]


async def swipe(visit: PageSession, name: str, direction: Direction, limit: float) -> None:
    """Swipe over the middle of a thing; `limit` in milliseconds. Raises `BrowserError`."""
    page = visit.page
    box = await _box(page, thing(page, name), limit)
    screen = page.viewport_size
    assert screen is not None
    middle = _middle(box)
    ends: list[Place] = []
    x, y = _WAYS[direction]
    way_x = x * max(SHORTEST, box["width"] * SWIPED) / 2
    way_y = y * max(SHORTEST, box["height"] * SWIPED) / 2
    for side in (-1, 1):
        ends.append(
            (
                min(max(middle[0] + side * way_x, EDGE), screen["width"] - EDGE),
                min(max(middle[1] + side * way_y, EDGE), screen["height"] - EDGE),
            )
        )
    # A finger begins on the thing itself, however small that is.
    start = (
        min(max(ends[0][0], box["x"] + 1), box["x"] + box["width"] - 1),
        min(max(ends[0][1], box["y"] + 1), box["y"] + box["height"] - 1),
    )
    await _move_finger(page, start, ends[1])


async def drag(visit: PageSession, name: str, onto: str, limit: float) -> None:
    """Drag with a finger, and with a mouse if that does nothing or the thing is dragged so.

    `limit` in milliseconds. Raises `BrowserError`.
    """
    page = visit.page
    dragged, target = thing(page, name), thing(page, onto)
    await target.wait_for(state="visible", timeout=limit)
    if not await dragged.evaluate(_IS_DRAGGABLE, timeout=limit):
        before = await visit.ask(script("state"))
        start = _middle(await _box(page, dragged, limit))
        found = await target.bounding_box(timeout=limit)
        await _move_finger(page, start, _middle(found) if found else start)
        after = await visit.ask(script("state"))
        if after["effects"] != before["effects"] or after["fields"] != before["fields"]:
            return
    await dragged.drag_to(target, timeout=limit)


async def _box(page: Page, target: Locator, limit: float) -> FloatRect:
    """Where a thing is on the screen, as far as it can be seen."""
    await target.scroll_into_view_if_needed(timeout=limit)
    box = await target.bounding_box(timeout=limit)
    screen = page.viewport_size
    assert screen is not None
    if box is None:
        raise AssertionError("it cannot be seen")
    left, top = max(box["x"], 0), max(box["y"], 0)
    right = min(box["x"] + box["width"], screen["width"])
    bottom = min(box["y"] + box["height"], screen["height"])
    return {"x": left, "y": top, "width": max(right - left, 2), "height": max(bottom - top, 2)}


def _middle(box: FloatRect) -> Place:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def _move_finger(page: Page, start: Place, end: Place) -> None:
    """Put a finger down, move it and lift it; Playwright has only taps."""
    browser = await page.context.new_cdp_session(page)
    try:
        await _touch(browser, "touchStart", start)
        await asyncio.sleep(HOLD)
        for place in _way(start, end):
            await _touch(browser, "touchMove", place)
            await asyncio.sleep(MOVE_TIME)
        await _touch(browser, "touchEnd")
        await asyncio.sleep(SETTLING)
    finally:
        await browser.detach()


async def _touch(browser: CDPSession, kind: str, *places: Place) -> None:
    points = [{"x": x, "y": y} for x, y in places]
    await browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _way(start: Place, end: Place) -> Iterator[Place]:
    for move in range(1, MOVES + 1):
        part = move / MOVES
        yield start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
