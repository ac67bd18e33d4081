"""Pictures for those who judge: one page on a phone, on a phone in dark, on a desktop, and ends.

Its owner's page is one of them where it differs. An end is the page as it is when all steps of a
criterion were taken.
"""

from playwright.async_api import Error as BrowserError
from playwright.async_api import ViewportSize

from bot.checks.acceptance import Criterion
from bot.checks.finding_collector import FindingCollector
from bot.checks.in_memory_documents import Visitor
from bot.checks.page_session import DESKTOP, PHONE, PageSession, Unresponsive
from bot.checks.phones import Phones
from bot.checks.report import End, Screen, View
from bot.checks.sight import bring_into_sight

QUALITY = 70  # of a JPEG; letters of a phone's size are still sharp
ROUGH = 30  # for a page of noise, which would have a megabyte otherwise
LARGEST = 400_000  # bytes of one picture
MOST_ENDS = 4  # beside the page of the three views

OWNER: Visitor = "owner"

_AS_THEY_ARE_TAKEN: tuple[Screen, ...] = ("phone", "phone_dark", "desktop")


async def keep_views(visit: PageSession) -> None:
    """Take the pictures of a phone's page that nobody uses any more, in place of earlier ones.

    What goes wrong meanwhile is no fault of the app's: a page is seldom made to become a desktop's.
    Then the earlier pictures stay.
    """
    evidence, visit.evidence = visit.evidence, FindingCollector()
    try:
        evidence.views = [
            view for screen in _AS_THEY_ARE_TAKEN if (view := await _view(visit, screen))
        ]
    except (BrowserError, Unresponsive):
        return
    finally:
        visit.evidence = evidence


async def keep_owners_view(phones: Phones) -> None:
    """Take the picture of the owner's page, with what the visitors left there.

    None is no fault of the app's.
    """
    try:
        await phones.switch(OWNER)
        picture = await _picture(phones.current)
    except (BrowserError, Unresponsive):
        return
    if picture is not None:
        phones.current.evidence.views.append(View(screen="owner", picture=picture))


async def keep_end(visit: PageSession, criterion: Criterion, limit: float) -> None:
    """Take the picture of a phone's page at the end of a criterion, unless there are enough.

    It shows what the last step looked for, if that is brought into sight in `limit` milliseconds.
    None is no fault of the app's.
    """
    if len(visit.evidence.ends) >= MOST_ENDS:
        return
    try:
        await visit.within(bring_into_sight(visit.page, criterion.steps[-1], limit))
        picture = await _picture(visit)
    except (BrowserError, Unresponsive):
        return
    if picture is not None:
        visit.evidence.ends.append(End(criterion=criterion.criterion, picture=picture))


async def _view(visit: PageSession, screen: Screen) -> View | None:
    """The page on that screen; None where its picture is too large whatever is done."""
    size: ViewportSize = DESKTOP if screen == "desktop" else PHONE
    if visit.page.viewport_size != size:
        await visit.within(visit.page.set_viewport_size(size))
    is_dark = screen == "phone_dark"
    await visit.within(visit.page.emulate_media(color_scheme="dark" if is_dark else "light"))
    picture = await _picture(visit)
    return None if picture is None else View(screen=screen, picture=picture)


async def _picture(visit: PageSession) -> bytes | None:
    for quality in (QUALITY, ROUGH):
        picture = await visit.within(
            visit.page.screenshot(type="jpeg", quality=quality, animations="disabled")
        )
        if len(picture) <= LARGEST:
            return picture
    return None
