"""One visit of the app: a page with storage of its own, and all that goes wrong on it."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Page,
    Route,
    ViewportSize,
    WebError,
)
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as Impatience

from bot.checks.dialogs import plain_answer
from bot.checks.finding_collector import FindingCollector
from bot.checks.report import Finding
from bot.checks.site import HOME, Site

T = TypeVar("T")

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
LOAD_LIMIT = 6.0  # seconds until the page has loaded
ANSWER_LIMIT = 3.0  # seconds until the page answers a question; a busy one needs milliseconds
HEARD = 20  # of what dialogs said last; an app may ask without end
SETTLING = 0.15  # seconds for what a page does right after it has loaded

# Where a page has a clock that can be advanced, that clock tells what timers throw, with the stack.
_BY_TIMER = re.compile(
    r"(?:Clock\.run_for: )?(?:\w+: )?(.*?)\n    at .*\bClockController\..*", re.S
)


class Unresponsive(Exception):
    """The page does not answer: it loops, or it has crashed."""


@cache
def script(name: str) -> str:
    """The text of `page/<name>.js`."""
    return (files("bot.checks") / "page" / f"{name}.js").read_text("utf-8")


class PageSession:
    """An open page; console errors, exceptions and crashes go to the evidence."""

    def __init__(
        self, page: Page, evidence: FindingCollector, *, is_phone: bool, dismisses: bool
    ) -> None:
        self.page = page
        self.evidence = evidence
        self.is_phone = is_phone
        self.dismisses = dismisses  # whether the page's prompts get no answer
        self.question: str | None = None  # that a prompt has asked since the last press
        self.surprises = 0  # windows, dialogs, downloads: things that a click can bring about
        self.is_online = True
        self.dialogs: deque[str] = deque(maxlen=HEARD)  # what they said
        self.dialog_answers: deque[Callable[[Dialog], Awaitable[None]]] = deque()  # to the next

    def listen(self) -> None:
        """Begin to note what goes wrong."""
        self.page.on("console", self._hear)
        self.page.context.on("weberror", self._catch)
        self.page.on("crash", lambda _: self.blame("the page crashed"))
        for event in ("popup", "download", "filechooser"):
            self.page.on(event, self._be_surprised)
        self.page.on("dialog", self._answer)

    async def open(self) -> None:
        """Load the app. Raises `Unresponsive`."""
        try:
            await self.page.goto(HOME, wait_until="load", timeout=LOAD_LIMIT * 1000)
        except Impatience:
            raise Unresponsive(
                f"the page has not loaded after {LOAD_LIMIT:g} s; does a script loop?"
            ) from None
        except BrowserError as error:
            raise Unresponsive(f"the page cannot be loaded: {error.message}") from error
        await asyncio.sleep(SETTLING)
        await self.ask("() => true")

    async def ask(self, question: str, argument: object = None) -> Any:
        """Evaluate JavaScript in the page. Raises `Unresponsive`."""
        return await self.within(self.page.evaluate(question, argument))

    async def within(self, answer: Awaitable[T], seconds: float = ANSWER_LIMIT) -> T:
        """Await something of the page for so long only, because a looping page never answers."""
        try:
            return await asyncio.wait_for(answer, seconds)
        except TimeoutError:
            raise Unresponsive(
                f"the page does not answer for {seconds:g} s; does a script loop?"
            ) from None

    async def set_network(self, *, is_online: bool) -> None:
        """Cut the page off from the network, or connect it."""
        context = self.page.context
        if is_online == self.is_online:
            return
        self.is_online = is_online
        # What is answered for the page does not ask the network, so it has to be refused as well.
        if is_online:
            await context.unroute("**/*", _cut_off)
        else:
            await context.route("**/*", _cut_off)
        await context.set_offline(not is_online)

    def blame(self, message: str) -> None:
        """Note an error of the page, once; after a prompt it may be our answer that was wrong."""
        finding = Finding(check="console", message=message)
        if self.question is None:
            self.evidence.add(finding)
        else:
            self.evidence.doubt(finding, self.question, is_dismissed=self.dismisses)

    def blame_uncaught(self, message: str) -> None:
        """Note what the page has thrown and nobody has caught."""
        self.blame(f"uncaught: {message}")

    def forget_question(self) -> None:
        """What happens from now on does not come of an answer to a prompt."""
        self.question = None

    def _hear(self, message: ConsoleMessage) -> None:
        # A file that fails to load is told by the site, with its name. Offline an app may complain.
        is_missing = message.text.startswith("Failed to load resource")
        if message.type != "error" or not self.is_online or is_missing:
            return
        if thrown := thrown_by_timer(message.text):
            self.blame_uncaught(thrown)
        else:
            self.blame(message.text)

    def _catch(self, error: WebError) -> None:
        self.blame_uncaught(error.error.message)

    def _be_surprised(self, _: object) -> None:
        self.surprises += 1

    async def _answer(self, dialog: Dialog) -> None:
        """Answer as it is planned, else plainly, so that no dialog keeps the page waiting."""
        is_asked = dialog.type != "beforeunload"
        if is_asked:
            self.dialogs.append(dialog.message)
        with suppress(BrowserError):  # the page may be gone by now
            if is_asked and self.dialog_answers:
                await self.dialog_answers.popleft()(dialog)
            else:
                await self._accept(dialog)

    async def _accept(self, dialog: Dialog) -> None:
        self.surprises += 1
        if dialog.type != "prompt":
            await dialog.accept()
            return
        self.question = dialog.message
        if self.dismisses:
            self.evidence.note_dismissed(dialog.message)
            await dialog.dismiss()
        else:
            await dialog.accept(plain_answer(dialog.message, dialog.default_value))


def thrown_by_timer(message: str) -> str | None:
    """What a timer has thrown, as the page's clock tells it; None for anything else."""
    found = _BY_TIMER.fullmatch(message)
    return found[1] if found else None


async def _cut_off(route: Route) -> None:
    await route.abort("internetdisconnected")


@asynccontextmanager
async def visiting(
    browser: Browser,
    site: Site,
    *,
    is_phone: bool = True,
    dismisses: bool = False,
    is_shared: bool = False,
    starts_at: datetime | None = None,
) -> AsyncIterator[PageSession]:
    """Open the app in a fresh context: nothing is stored, and nothing was clicked.

    With `dismisses` a prompt of the page gets no answer, else a plain one. What its collections
    hold is kept only if it `is_shared`. With `starts_at` the page has a clock that can be advanced.
    """
    site = site if is_shared else site.emptied()
    context = await browser.new_context(
        viewport=PHONE if is_phone else DESKTOP,
        has_touch=is_phone,
        is_mobile=is_phone,
        service_workers="block",
        accept_downloads=False,
        reduced_motion="reduce",
        permissions=["clipboard-write"],  # as whoever presses "copy" grants it
    )
    try:
        context.set_default_timeout(ANSWER_LIMIT * 1000)
        await context.route("**/*", site.answer)
        await context.route_web_socket("**/*", site.refuse_socket)
        await context.add_init_script(script("watching"))
        if starts_at is not None:
            await context.clock.install(time=starts_at)
        visit = PageSession(
            await context.new_page(), site.evidence, is_phone=is_phone, dismisses=dismisses
        )
        visit.listen()
        await visit.open()
        yield visit
    finally:
        await _close(context.close())


async def _close(closing: Awaitable[None]) -> None:
    """A page that loops may not close either; the whole browser is ended soon."""
    try:
        await asyncio.wait_for(closing, 1.0)
    except (TimeoutError, BrowserError):
        return
