"""Papers as they are taken in: a PDF is kept as one, of an Office file what stands in it."""

from typing import IO

from bot.attachments import confined_reading
from bot.attachments.naming import PAPERS, path_of
from bot.attachments.papers import SHOWN_LIMIT, Paper
from bot.attachments.storage import NewFile
from bot.messages import file_texts

PDF = "application/pdf"
MARKDOWN = "text/markdown"


async def take_pdf(number: int, name: str, fetched: IO[bytes]) -> NewFile:
    """The PDF that was sent by that name. Raises `AttachmentRefused`."""
    paper = await confined_reading.read_paper(fetched)
    return NewFile(
        number=number,
        path=path_of(PAPERS, name, "pdf", paper.content),
        content_type=PDF,
        content=paper.content,
        says=paper.says,
        pages=paper.pages,
        remark=_remark(paper),
    )


def _remark(paper: Paper) -> str:
    if not paper.says and len(paper.content) > SHOWN_LIMIT:
        return file_texts.PAGES_NOT_SEEN
    if paper.pages < paper.total:
        return file_texts.pages_taken(paper.pages, paper.total)
    return ""


async def take_office(number: int, name: str, fetched: IO[bytes]) -> NewFile:
    """What stands in the Office file that was sent by that name. Raises `AttachmentRefused`."""
    says, is_whole = await confined_reading.read_office(fetched)
    content = says.encode()
    return NewFile(
        number=number,
        path=path_of(PAPERS, name, "md", content),
        content_type=MARKDOWN,
        content=content,
        says=says,
        remark="" if is_whole else file_texts.BEGINNING_TAKEN,
    )
