"""Whether what a user enters arrives anywhere: a form must not swallow it."""

from dataclasses import dataclass

from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bot.checks.buttons import MARKER
from bot.checks.page_session import SETTLING, PageSession, Unresponsive, script, visiting
from bot.checks.report import Finding
from bot.checks.site import Site

MAX_FORMS = 4
_SUBMIT = """(number) => {
  const form = document.forms[number];
  const button = [...form.elements].find((one) => one.type === "submit" && !one.disabled);
  if (button) button.click();
  else form.requestSubmit();
}"""
_SHOWN = "() => [...document.forms].map((form) => form.checkVisibility?.() ?? true)"


@dataclass(frozen=True)
class _Seen:
    words: str
    values: str
    kept: str
    effects: int


async def check_forms(browser: Browser, site: Site) -> None:
    """Fill and send each form that the page opens with, each on a fresh page."""
    number, count = 0, 1
    while number < min(count, MAX_FORMS):
        async with visiting(browser, site) as visit:
            shown = await visit.ask(_SHOWN)
            count = len(shown)
            if number < count and shown[number]:
                await _check_form(visit, site, number)
        number += 1


async def _check_form(visit: PageSession, site: Site, number: int) -> None:
    if not await visit.ask(script("fields"), [number, MARKER]):
        return
    before = await _look(visit)
    try:
        await visit.ask(_SUBMIT, number)
        await visit.page.wait_for_load_state("load")
        await visit.page.wait_for_timeout(SETTLING * 1000)
        after = await _look(visit)
    except Unresponsive as error:
        raise Unresponsive(f"after sending form {number + 1}: {error}") from None
    except BrowserError as error:
        visit.blame(f"form {number + 1} cannot be sent: {error.message}")
        return
    if _swallowed(before, after):
        visit.evidence.add(
            Finding(
                check="forms",
                message="the form takes what was entered and nothing comes of it: the page shows "
                "the same as before, and nothing is kept or sent",
                selector=f"form:nth-of-type({number + 1})",
            )
        )


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
