"""Whether what a user enters arrives anywhere: a form must not swallow it.

Where something was entered, the buttons are pressed that exist only then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bot.checks.buttons import MARKER, fill
from bot.checks.late_buttons import check_late_buttons, late_buttons, remember
from bot.checks.page_session import SETTLING, PageSession, Unresponsive, script, visiting
from bot.checks.presses import Button, find, ready_buttons, tap
from bot.checks.report import Finding
from bot.checks.site import Site

MAX_FORMS = 4
MAX_SENDERS = 6  # buttons that may take what stands in fields of no form
ANSWERING = 2.0  # seconds for what the page asks its own server


@dataclass(frozen=True)
class _Seen:
    words: str
    values: str
    kept: str
    effects: int


async def check_forms(browser: Browser, site: Site) -> None:
    """Fill and send each form that the page opens with, each on a fresh page."""
    number, count, is_loose = 0, 1, False
    while number < min(count, MAX_FORMS):
        async with visiting(browser, site) as visit:
            shown = await visit.ask(script("shown_forms"))
            count, is_loose = len(shown), await visit.ask(script("has_loose_field"))
            if number < count and shown[number]:
                await _check_form(browser, site, visit, number)
        number += 1
    if is_loose:
        await _check_loose_fields(browser, site)


async def _check_form(browser: Browser, site: Site, visit: PageSession, number: int) -> None:
    opening = await remember(visit)
    filled = await visit.ask(script("fill"), [number, MARKER])
    if not filled:
        return
    before = await _look(visit)
    try:
        await _send(visit, number)
        after = await _look(visit)
    except Unresponsive as error:
        raise Unresponsive(f"after sending form {number + 1}: {error}") from None
    except BrowserError as error:
        visit.blame(f"form {number + 1} cannot be sent: {error.message}")
        return
    visit.evidence.filled |= dict.fromkeys(filled)
    visit.evidence.forms += 1
    enter = _sending(number)
    if visit.evidence.open_questions:
        async with visiting(browser, site, dismisses=True) as silent:
            await enter(silent)
    if _swallowed(before, after):
        visit.evidence.add(
            Finding(
                check="forms",
                message="the form takes what was entered and nothing comes of it: the page shows "
                "the same as before, and nothing is kept or sent",
                selector=f"form:nth-of-type({number + 1})",
            )
        )
    elif await late_buttons(visit, opening):
        await check_late_buttons(browser, site, visit, opening, enter)


async def _check_loose_fields(browser: Browser, site: Site) -> None:
    """Fill what belongs to no form, and press whatever may take it, until a late button comes."""
    async with visiting(browser, site) as visit:
        opening = await remember(visit)
        await fill(visit)
        for sender in (await ready_buttons(visit))[:MAX_SENDERS]:
            enter = _pressing(sender)
            await enter(visit)
            if await late_buttons(visit, opening):
                await check_late_buttons(browser, site, visit, opening, enter)
                return


def _sending(number: int) -> Callable[[PageSession], Awaitable[None]]:
    async def enter(visit: PageSession) -> None:
        await visit.ask(script("fill"), [number, MARKER])
        await _send(visit, number)

    return enter


def _pressing(sender: Button) -> Callable[[PageSession], Awaitable[None]]:
    async def enter(visit: PageSession) -> None:
        await fill(visit)
        if button := await find(visit, sender):
            await tap(visit, button)
            await _settle(visit)

    return enter


async def _send(visit: PageSession, number: int) -> None:
    await visit.ask(script("submit"), number)
    await _settle(visit)


async def _settle(visit: PageSession) -> None:
    """Wait until the page has loaded, asked its server, and shown what came of it."""
    await visit.page.wait_for_load_state("load")
    with suppress(BrowserError):  # the page may be left just now
        await visit.ask(script("answered"), ANSWERING * 1000)
    await asyncio.sleep(SETTLING)


async def _look(visit: PageSession) -> _Seen:
    text = await visit.ask(script("text"))
    return _Seen(
        words=text["words"], values=text["values"], kept=text["kept"], effects=visit.surprises
    )


def _swallowed(before: _Seen, after: _Seen) -> bool:
    """Whether the fields were emptied and nothing else has changed."""
    is_gone = before.values != after.values and MARKER not in after.values
    is_same = (before.words, before.kept, before.effects) == (
        after.words,
        after.kept,
        after.effects,
    )
    return is_gone and is_same
