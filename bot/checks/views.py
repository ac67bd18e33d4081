"""Pictures for those who judge the looks: one page on a phone, on a phone in dark, on a desktop."""

from playwright.async_api import Error as BrowserError
from playwright.async_api import ViewportSize

from bot.checks.finding_collector import FindingCollector
from bot.checks.page_session import DESKTOP, PHONE, PageSession, Unresponsive
from bot.checks.report import Screen, View

QUALITY = 70  # of a JPEG; letters of a phone's size are still sharp
ROUGH = 30  # for a page of noise, which would have a megabyte otherwise
LARGEST = 400_000  # bytes of one picture

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


async def _view(visit: PageSession, screen: Screen) -> View | None:
    """The page on that screen; None where its picture is too large whatever is done."""
    size: ViewportSize = DESKTOP if screen == "desktop" else PHONE
    if visit.page.viewport_size != size:
        await visit.within(visit.page.set_viewport_size(size))
    is_dark = screen == "phone_dark"
    await visit.within(visit.page.emulate_media(color_scheme="dark" if is_dark else "light"))
    for quality in (QUALITY, ROUGH):
        picture = await visit.within(
            visit.page.screenshot(type="jpeg", quality=quality, animations="disabled")
        )
        if len(picture) <= LARGEST:
            return View(screen=screen, picture=picture)
    return None
