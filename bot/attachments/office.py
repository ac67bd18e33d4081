"""Files of Word, Excel and PowerPoint, as the text that stands in them.

They are zip files of XML: what they unpack to is added up from what they declare, which Python's
`zipfile` holds them to, before anything is unpacked. This belongs into a process that may be killed
(`bot.attachments.reader`).
"""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time
from io import BytesIO
from typing import TYPE_CHECKING

from bot.attachments.beginnings import KEPT_LIMIT, beginning
from bot.attachments.damaged import DAMAGED
from bot.errors import AttachmentLocked, AttachmentRefused
from bot.markup.characters import sendable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from pptx.shapes.base import BaseShape

FETCHED_LIMIT = 16 * 2**20  # bytes; Twilio's own
UNPACKED_LIMIT = 100_000_000  # bytes
MOST_PARTS = 5_000

# What a file begins with that Office has encrypted, and those of Office before 2007.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_office(content: bytes) -> tuple[str, bool]:
    """The text of a document, table or presentation, in Markdown, or its beginning; and whether
    that is all of it.

    Raises `AttachmentLocked` if it needs a password, `AttachmentRefused` if it is none of the three
    or says nothing.
    """
    if content.startswith(_COMPOUND) and _ENCRYPTED in content:
        raise AttachmentLocked("the file needs a password")
    lines = _reader_of(content)(content)
    said: list[str] = []
    length = 0
    try:
        for line in lines:
            said.append(sendable(line).rstrip())
            length += len(said[-1]) + 1
            if length > KEPT_LIMIT:
                break  # as characters are bytes at least
    except DAMAGED:
        raise AttachmentRefused("the file is damaged") from None
    text = "\n".join(said).strip()
    if not text:
        raise AttachmentRefused("the file says nothing")
    return beginning(text)


def _reader_of(content: bytes) -> Callable[[bytes], Iterator[str]]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except DAMAGED:
        raise AttachmentRefused("the file is none of Word, Excel or PowerPoint") from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise AttachmentRefused("the file unpacks to too much")
    names = {part.filename for part in parts}
    for name, reader in _READERS.items():
        if name in names:
            return reader
    raise AttachmentRefused("the file is none of Word, Excel or PowerPoint")


def _word(content: bytes) -> Iterator[str]:
    import docx

    yield from _blocks(docx.Document(BytesIO(content)))


def _blocks(document: "Document") -> Iterator[str]:
    from docx.oxml.text.paragraph import CT_P
    from docx.table import Table

    # By their ids: to ask each paragraph for its style looks through all styles each time.
    headings = {
        style.style_id
        for style in document.styles
        if (style.name or "").startswith(("Heading", "Title"))
    }
    for block in document.element.body.inner_content_elements:
        if not isinstance(block, CT_P):
            yield from _rows(Table(block, document))
        elif block.text.strip():
            yield f"{'## ' if block.style in headings else ''}{block.text}"


def _rows(table: "Table") -> Iterator[str]:
    for row in table.rows:
        yield _row(cell.text for cell in row.cells)


def _excel(content: bytes) -> Iterator[str]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what it declares pads every row
        yield f"## {sheet.title}"
        for values in sheet.iter_rows(values_only=True):
            row = _row(_cell(value) for value in values)
            if row:
                yield row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _powerpoint(content: bytes) -> Iterator[str]:
    from pptx import Presentation

    for number, slide in enumerate(Presentation(BytesIO(content)).slides, 1):
        yield f"## {number}"
        for shape in slide.shapes:
            yield from _shape(shape)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
            yield notes.text


def _shape(shape: "BaseShape") -> Iterator[str]:
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.graphfrm import GraphicFrame
    from pptx.shapes.group import GroupShape

    if isinstance(shape, GroupShape):
        for inner in shape.shapes:
            yield from _shape(inner)
    elif isinstance(shape, Shape) and shape.text_frame.text.strip():
        yield shape.text_frame.text
    elif isinstance(shape, GraphicFrame) and shape.has_table:
        for row in shape.table.rows:
            yield _row(cell.text for cell in row.cells)


def _row(cells: Iterable[str]) -> str:
    """The cells of a row in one line; "" where all are empty."""
    texts = [" ".join(cell.split()) for cell in cells]
    return " | ".join(texts).rstrip(" |")


_READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "word/document.xml": _word,
    "xl/workbook.xml": _excel,
    "ppt/presentation.xml": _powerpoint,
}
