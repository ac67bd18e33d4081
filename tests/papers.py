"""Papers for tests: PDFs and files of Word, Excel and PowerPoint, and what only looks like one."""

import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO

from docx import Document
from fpdf import FPDF
from openpyxl import Workbook
from pptx import Presentation
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import NameObject, StreamObject

from tests.pictures import noise

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PDF = "application/pdf"

DISHES = {
    "Tomato soup": "4.50",
    "Garden salad": "5.20",
    "Garlic bread": "3.10",
    "Mushroom risotto": "11.80",
    "Spinach lasagne": "10.90",
    "Pumpkin gnocchi": "12.40",
    "Grilled trout": "16.70",
    "Lamb stew": "17.30",
    "Roast chicken": "13.60",
    "Apple strudel": "5.90",
    "Plum dumplings": "6.40",
    "Lemon sorbet": "4.80",
}


def pdf(pages: Iterable[Sequence[str]], *, author: str = "", font_size: int = 12) -> bytes:
    """A PDF with these lines on its pages."""
    paper = FPDF()
    paper.set_font("Helvetica", size=font_size)
    paper.set_author(author)
    for lines in pages:
        paper.add_page()
        for line in lines:
            paper.cell(text=line, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def menu() -> bytes:
    """A menu of twelve dishes on two pages."""
    lines = [f"{dish} {price}" for dish, price in DISHES.items()]
    return pdf([["Starters and mains", *lines[:8]], ["More", *lines[8:]]], author="canary-author")


def long_paper(pages: int) -> bytes:
    """A PDF of so many pages, each of which says which one it is."""
    return pdf([f"This is sheet {number}"] for number in range(1, pages + 1))


def locked(content: bytes, password: str) -> bytes:
    """The same PDF, which a reader has to give the password for; none for an empty one."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(password, "of the owner", algorithm="AES-256")
    return _written(writer)


def scan(pages: int, side: int) -> bytes:
    """A PDF of photos alone."""
    paper = FPDF()
    for _ in range(pages):
        paper.add_page()
        paper.image(BytesIO(noise(side)), w=180)
    return bytes(paper.output())


def collage(says: str = "") -> bytes:
    """A PDF of one page, full of photos that are small each and large together (1.6 MB)."""
    paper = FPDF()
    paper.set_auto_page_break(auto=False)
    paper.add_page()
    if says:
        paper.set_font("Helvetica")
        paper.cell(text=says)
    for _ in range(45):
        paper.image(BytesIO(noise(230)), w=20)
    return bytes(paper.output())


def scripted() -> bytes:
    """A PDF that runs a script and has a file in it."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(menu())))
    writer.add_open_action(JavaScript("app.alert('canaryscript')"))
    writer.add_attachment("canary-file.txt", b"canary-within")
    return _written(writer)


def bomb_pdf() -> bytes:
    """A small PDF whose page unpacks to hundreds of megabytes."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    stream = StreamObject()
    stream.set_data(b"0 0 m " * 60_000_000)
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode(9))  # noqa: SLF001
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    content = BytesIO()
    writer.write(content)
    return content.getvalue()


def word(
    *paragraphs: str, rows: Sequence[Sequence[str]] = (), headings: Sequence[str] = ()
) -> bytes:
    """A document of Word, with headings at its beginning and a table at its end."""
    document = Document()
    for heading in headings:
        document.add_heading(heading)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if rows:
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def excel(rows: Iterable[Sequence[object]], *, sheet: str = "Prices") -> bytes:
    """A table of Excel."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def powerpoint(*slides: tuple[str, str]) -> bytes:
    """A presentation: title and text of each slide."""
    presentation = Presentation()
    for title, text in slides:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    content = BytesIO()
    presentation.save(content)
    return content.getvalue()


def bomb_of_office(size: int = 300_000_000) -> bytes:
    """A small file that claims to be one of Word and unpacks to `size` bytes."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(size))
    return content.getvalue()


def bomb_of_cells(rows: int = 60_000) -> bytes:
    """A small table whose rows unpack to tens of megabytes of text."""
    return excel([["spam " * 100]] * rows)
