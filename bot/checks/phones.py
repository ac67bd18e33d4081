"""The phones of one criterion: visitors with storage of their own who share the app's collections.

One of them may be the app's owner, who opened it with the link that the chat gives them.

A phone opens the app when it is first switched to, and later shows it again, as one does that is
taken up: the page is told, and may look for what others did. Where a criterion sets the clock, all
of them have one that can be advanced, and so have the collections.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bot.checks.in_memory_documents import Visitor
from bot.checks.page_session import PageSession, script, thrown_by_timer, visiting
from bot.checks.site import Site

ADVANCE_LIMIT = 2.0  # seconds that all phones together may take to run their timers
_FIRST_STRIDE = 10.0  # seconds of the app's time that are run at once


class Phones:
    """Opens phones for as long as it is entered; `current` is the one that is used."""

    def __init__(self, browser: Browser, site: Site, *, has_clock: bool) -> None:
        self._browser = browser
        self._site = site.emptied()
        self._has_clock = has_clock
        self._ahead = timedelta()
        self._open: dict[Visitor, PageSession] = {}
        self._closing = AsyncExitStack()
        self._visitor: Visitor = 1

    @property
    def current(self) -> PageSession:
        """The phone that the steps are taken on."""
        return self._open[self._visitor]

    async def __aenter__(self) -> "Phones":
        async with self._closing:  # unless the first one opens
            await self.switch(1)
            self._closing = self._closing.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()

    async def switch(self, visitor: Visitor) -> None:
        """Go on with another phone. Raises `Unresponsive` if the app on it does not answer."""
        if visitor in self._open:
            await self._open[visitor].ask(script("take_up"))
        else:
            starts_at = datetime.now(UTC) + self._ahead if self._has_clock else None
            self._open[visitor] = await self._closing.enter_async_context(
                visiting(
                    self._browser,
                    self._site.as_visitor(visitor),
                    is_shared=True,
                    starts_at=starts_at,
                )
            )
        self._visitor = visitor

    async def advance(self, seconds: float) -> None:
        """Let so much time pass for the app, on every phone.

        All timers run that are due on the way. A page with more of them than can be run in the time
        that there is skips the rest, as a phone does that was asleep.
        """
        self._ahead += timedelta(seconds=seconds)
        self._site.documents.pass_time(seconds)
        for visit in self._open.values():
            await _advance(visit, seconds, ADVANCE_LIMIT / len(self._open))


async def _advance(visit: PageSession, seconds: float, limit: float) -> None:
    now = asyncio.get_running_loop().time
    end, left, stride = now() + limit, seconds, _FIRST_STRIDE
    while left > 0 and now() < end:
        began, part = now(), min(stride, left)
        await _run_timers(visit, part)
        left -= part
        if now() - began < limit / 20:
            stride *= 4
    if left > 0:
        await visit.page.clock.fast_forward(round(left * 1000))


async def _run_timers(visit: PageSession, seconds: float) -> None:
    """Run what is due in the next seconds.

    What a timer throws is raised here, once the others have run too, and is the page's error as it
    would be on a real phone.
    """
    try:
        await visit.page.clock.run_for(round(seconds * 1000))
    except BrowserError as error:
        thrown = thrown_by_timer(error.message)
        if thrown is None:  # the page is gone
            raise
        visit.blame_uncaught(thrown)
