"""Papers as they are taken in: a PDF is kept as one, of an Office file what stands in it."""

import re
from pathlib import PurePosixPath
from typing import IO

from bot.attachments import reading, storage
from bot.attachments.storage import NewFile
from bot.messages import conversation_texts

PDF = "application/pdf"
MARKDOWN = "text/markdown"

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


async def take_pdf(number: int, name: str, fetched: IO[bytes]) -> NewFile:
    """The PDF that was sent by that name. Raises `AttachmentRefused`."""
    paper = await reading.read_paper(fetched)
    is_whole = paper.pages == paper.total
    return NewFile(
        number=number,
        path=f"{storage.PAPERS}/{safe_stem(name, 'paper')}.pdf",
        content_type=PDF,
        content=paper.content,
        says=paper.says,
        pages=paper.pages,
        remark="" if is_whole else conversation_texts.pages_taken(paper.pages, paper.total),
    )


async def take_office(number: int, name: str, fetched: IO[bytes]) -> NewFile:
    """What stands in the Office file that was sent by that name. Raises `AttachmentRefused`."""
    says, is_whole = await reading.read_office(fetched)
    return NewFile(
        number=number,
        path=f"{storage.PAPERS}/{safe_stem(name, 'paper')}.md",
        content_type=MARKDOWN,
        content=says.encode(),
        says=says,
        remark="" if is_whole else conversation_texts.BEGINNING_TAKEN,
    )


def safe_stem(name: str, otherwise: str) -> str:
    """The name of a file without its ending, as far as that is harmless in a path."""
    return _UNSAFE.sub("-", PurePosixPath(name).stem).strip("-_")[:60] or otherwise
