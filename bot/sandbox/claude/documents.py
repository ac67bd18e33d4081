"""PDFs as the real API takes them: how many pages, which texts, and what is refused."""

from base64 import b64decode
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

MOST_PAGES = 100
MEMORY = 64  # PDFs that are not read again


@dataclass(frozen=True, kw_only=True)
class Pdf:
    """What a model sees of a PDF: its pages, and the text on them."""

    pages: int
    text: str


@lru_cache(maxsize=MEMORY)
def read_pdf(data: str) -> Pdf:
    """Read a PDF from its base64. Raises `ValueError` with what the API says to one it refuses."""
    try:
        reader = PdfReader(BytesIO(b64decode(data, validate=True)), strict=True)
        if reader.is_encrypted:
            raise ValueError("The PDF specified is password protected.")
        pages = len(reader.pages)
        text = "\n".join(page.extract_text() for page in reader.pages[:MOST_PAGES])
    except PyPdfError:
        raise ValueError("The PDF specified was not valid.") from None
    if pages > MOST_PAGES:
        raise ValueError(f"A maximum of {MOST_PAGES} PDF pages may be provided.")
    if not pages:
        raise ValueError("The PDF specified has no pages.")
    return Pdf(pages=pages, text=text)
