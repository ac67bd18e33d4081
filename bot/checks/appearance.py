"""How the page looks: whether there is anything to see, and whether it fits the screen."""

import re
import zlib

from bot.checks.page_session import PHONE, PageSession, script
from bot.checks.report import Check, Finding

NARROW = 360  # pixels; the width of small phones that are still sold
FEW_BYTES = 12  # different byte values in the rows of a picture of one colour, however it is packed


async def check_content(visit: PageSession) -> None:
    """There is something to see: words or controls, in another colour than the background.

    Keeps the picture of a phone's page.
    """
    text = await visit.ask(script("text"))
    if not text["words"].strip() and not text["things"]:
        message = "the page is blank: it shows no text, no control and no picture"
        _complain(visit, "content", message)
        return
    picture = await visit.within(visit.page.screenshot(type="png"))
    if visit.is_phone:
        visit.evidence.picture = picture
    if is_one_colour(picture):
        message = "all that can be seen is one colour; is the text as its background?"
        _complain(visit, "content", message)


async def check_layout(visit: PageSession) -> None:
    """Nothing sticks out of the screen's sides; a phone is narrowed to the smallest that is sold.

    Leaves the page at the width that it had.
    """
    if visit.is_phone:
        await visit.page.set_viewport_size({"width": NARROW, "height": PHONE["height"]})
    seen = await visit.ask(script("layout"))
    if visit.is_phone:
        await visit.page.set_viewport_size(PHONE)
    screen = "phone" if visit.is_phone else "desktop"
    if visit.is_phone and seen["width"] > PHONE["width"]:
        _complain(
            visit,
            "layout",
            'the page is laid out for a desktop: <meta name="viewport" '
            'content="width=device-width, initial-scale=1"> is missing',
        )
    elif seen["wide"] > seen["width"] + 1:
        _complain(
            visit,
            "layout",
            f"the page is {seen['wide']} px wide on a {screen} of {seen['width']} px, so it "
            "scrolls sideways",
            seen["sideways"],
        )
    elif seen["lost"]:
        _complain(visit, "layout", f"a control lies beyond the edge of a {screen}", seen["lost"])


def _complain(
    visit: PageSession, check: Check, message: str, selectors: list[str] | None = None
) -> None:
    visit.evidence.add(
        Finding(
            check=check,
            message=message,
            screen="phone" if visit.is_phone else "desktop",
            selector=", ".join(selectors) if selectors else None,
        )
    )


def is_one_colour(picture: bytes) -> bool:
    """Whether a PNG shows nothing but one colour: its filtered rows then hold few byte values."""
    packed = b"".join(
        picture[
            match.end() : match.end() + int.from_bytes(picture[match.start() - 4 : match.start()])
        ]
        for match in re.finditer(rb"IDAT", picture)
    )
    return len(set(zlib.decompressobj().decompress(packed))) <= FEW_BYTES
