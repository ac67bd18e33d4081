"""Makes a PDF one that can be shown to a model and published with an app, and reads what it says.

It is written again, its first pages alone: what is no PDF fails here, and what others put beside
the pages (who wrote it and with what, scripts, files within the file, where a photo was taken) does
not get onto a public page. Photos in it are made smaller where it is large. This belongs into a
process that may be killed (`bot.attachments.reader`).
"""

import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from bot.attachments.camera_notes import without_camera_notes
from bot.attachments.damaged import DAMAGED
from bot.attachments.pictures import LONGEST_SIDE
from bot.errors import AttachmentLocked, AttachmentRefused
from bot.markup.characters import sendable

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader, PdfWriter

FETCHED_LIMIT = 16 * 2**20  # bytes; Twilio's own
MOST_PAGES = 100  # that the Messages API takes
KEPT_LIMIT = 2_000_000  # bytes
SHOWN_LIMIT = 1_000_000  # bytes of a paper that a call of a model has room for
MOST_SCANNED_PAGES = 20  # that a conversation has room for beside its work
SAID_LIMIT = 150_000  # characters of its text
PHOTO_QUALITY = 60
PHOTO_SIDES = (LONGEST_SIDE, 1_000)  # pixels, as far as it takes
READING_TIME, SHRINKING_TIME = 3.0, 4.0  # seconds of the processor; the rest is left as it is

# What shows something where it stands on the page; files, films and sounds are not published.
_SHOWN_NOTES = frozenset(
    {"/Link", "/Widget", "/FreeText", "/Stamp", "/Highlight", "/Underline", "/StrikeOut", "/Ink"}
)
_BESIDE_A_PAGE = ("/AA", "/AF", "/B", "/Metadata", "/PieceInfo", "/StructParents", "/Thumb")
_BESIDE_ANYTHING = ("/AF", "/Metadata", "/PieceInfo")
_BESIDE_A_NOTE = ("/AA", "/AF", "/Dest", "/IRT", "/P", "/PA", "/Parent", "/Popup")


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A PDF of the first `pages` of the `total`, of at most `KEPT_LIMIT` bytes, and what they say.

    What is only seen in it (a scan, a drawing) is not in `says`. Of one that says nothing there are
    no more pages than can be shown, if one can.
    """

    content: bytes
    pages: int
    total: int
    says: str


def make_paper(content: bytes) -> Paper:
    """Read and rewrite a PDF; takes a processor for some seconds.

    Raises `AttachmentLocked` if it needs a password, `AttachmentRefused` if it is no PDF, has no
    page, or one that is far too large.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise AttachmentLocked("the paper needs a password")
        total = len(reader.pages)
        pages = min(total, MOST_PAGES)
        written = _written(reader, pages)
        written, pages = _fitting(written, pages, KEPT_LIMIT)
        if pages and len(written) <= KEPT_LIMIT:
            says = _said(reader, pages)
            if not says:  # who cannot be shown it gets nothing of it
                if pages > MOST_SCANNED_PAGES:
                    pages = MOST_SCANNED_PAGES
                    written = _first(PdfReader(BytesIO(written)), pages)
                written, pages = _fitting(written, pages, SHOWN_LIMIT)
            return Paper(content=written, pages=pages, total=total, says=says)
    except (PyPdfError, *DAMAGED):
        raise AttachmentRefused("the file is no PDF that can be read") from None
    raise AttachmentRefused("the paper has no page, or one that is too large")


def _written(reader: "PdfReader", pages: int) -> bytes:
    """A PDF of the first pages, with smaller photos if it is large."""
    from pypdf import PdfReader

    for page in reader.pages[:pages]:
        _clean(page)
    writer = _copied(reader, pages)
    _take_notes_off(writer)
    # Once more: what nothing leads to any more stays behind.
    writer = _copied(PdfReader(BytesIO(_as_bytes(writer))), pages)
    written = _as_bytes(writer)
    if len(written) <= SHOWN_LIMIT:
        return written
    end = time.process_time() + SHRINKING_TIME
    for side in PHOTO_SIDES:
        _shrink_photos(writer, side, end)
        writer.compress_identical_objects()
        written = min(written, _as_bytes(writer), key=len)
        if len(written) <= SHOWN_LIMIT:
            break
    return written


def _fitting(written: bytes, pages: int, limit: int) -> tuple[bytes, int]:
    """A PDF of as many of its first pages as fit, but one at least; and how many these are."""
    from pypdf import PdfReader

    while len(written) > limit and pages > 1:
        pages = max(1, min(pages - 1, pages * limit // len(written)))
        written = _first(PdfReader(BytesIO(written)), pages)
    return written, pages


def _first(reader: "PdfReader", pages: int) -> bytes:
    return _as_bytes(_copied(reader, pages))


def _copied(reader: "PdfReader", pages: int) -> "PdfWriter":
    """The first pages with all that they lead to, and nothing of who wrote them."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for page in reader.pages[:pages]:
        writer.add_page(page)
    writer.metadata = None
    return writer


def _clean(page: "PageObject") -> None:
    """Take off what runs, and what brings more than is shown.

    Raises pypdf's `LimitReachedError` where the page unpacks to far more than a page has.
    """
    from pypdf.generic import ArrayObject, NameObject

    if (drawn := page.get_contents()) is not None:
        drawn.get_data()
    for name in _BESIDE_A_PAGE:
        page.pop(NameObject(name), None)
    kept = []
    for reference in page.get("/Annots") or ():
        note = reference.get_object()
        if note.get("/Subtype") not in _SHOWN_NOTES:
            continue
        for name in _BESIDE_A_NOTE:
            note.pop(NameObject(name), None)
        if "/A" in note:
            action = note["/A"].get_object()
            action.pop(NameObject("/Next"), None)
            if action.get("/S") != "/URI":
                note.pop(NameObject("/A"))
        kept.append(reference)
    page[NameObject("/Annots")] = ArrayObject(kept)


def _take_notes_off(writer: "PdfWriter") -> None:
    """Take off what pictures and drawings bring along, wherever in the pages they are."""
    from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject

    for part in writer._objects:  # noqa: SLF001 - all that is written, and nothing tells it else
        if not isinstance(part, DictionaryObject):
            continue
        for name in _BESIDE_ANYTHING:
            part.pop(NameObject(name), None)
        is_jpeg = part.get("/Filter") in ("/DCTDecode", ["/DCTDecode"])
        if is_jpeg and isinstance(part, EncodedStreamObject):
            part._data = without_camera_notes(part._data)  # noqa: SLF001 - as it is, undecoded


def _shrink_photos(writer: "PdfWriter", side: int, end: float) -> None:
    """Make photos smaller, until `end`; one that cannot be read stays as it is."""
    from pypdf.errors import PyPdfError

    for page in writer.pages:
        for name in page.images.keys():  # noqa: SIM118 - no mapping
            if time.process_time() > end:
                return
            try:
                photo = page.images[name]
                if photo.image is None or len(photo.data) < SHOWN_LIMIT // 20:
                    continue
                smaller = photo.image.convert("RGB")
                smaller.thumbnail((side, side))
                photo.replace(smaller, quality=PHOTO_QUALITY)
            except (PyPdfError, *DAMAGED):
                continue


def _as_bytes(writer: "PdfWriter") -> bytes:
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _said(reader: "PdfReader", pages: int) -> str:
    """The text of the first pages, each behind its number; "" where there is none."""
    end = time.process_time() + READING_TIME
    said: list[str] = []
    length = 0
    for number, page in enumerate(reader.pages[:pages], 1):
        if length > SAID_LIMIT or time.process_time() > end:
            break
        text = _text_of(page)
        length += len(text)
        if text:
            said.append(f"[page {number}]\n{text}")
    return "\n\n".join(said)[:SAID_LIMIT]


def _text_of(page: "PageObject") -> str:
    from pypdf.errors import PyPdfError

    try:
        lines = sendable(page.extract_text()).splitlines()
    except (PyPdfError, *DAMAGED):
        return ""  # it is seen all the same
    return "\n".join(line.rstrip() for line in lines if line.strip())
