"""Papers as they are taken in: a PDF is kept as one, of an Office file what stands in it."""

import re
from hashlib import sha256
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
        path=f"{storage.PAPERS}/{_stem(name, paper.content)}.pdf",
        content_type=PDF,
        content=paper.content,
        says=paper.says,
        pages=paper.pages,
        remark="" if is_whole else conversation_texts.pages_taken(paper.pages, paper.total),
    )


async def take_office(number: int, name: str, fetched: IO[bytes]) -> NewFile:
    """What stands in the Office file that was sent by that name. Raises `AttachmentRefused`."""
    says, is_whole = await reading.read_office(fetched)
    content = says.encode()
    return NewFile(
        number=number,
        path=f"{storage.PAPERS}/{_stem(name, content)}.md",
        content_type=MARKDOWN,
        content=content,
        says=says,
        remark="" if is_whole else conversation_texts.BEGINNING_TAKEN,
    )


def _stem(name: str, content: bytes) -> str:
    """The paper's own name; one that has none in our letters does not replace another such."""
    return safe_stem(name, f"paper-{sha256(content).hexdigest()[:8]}")


def safe_stem(name: str, otherwise: str) -> str:
    """The name of a file without its ending, as far as that is harmless in a path."""
    return _UNSAFE.sub("-", PurePosixPath(name).stem).strip("-_")[:60] or otherwise
