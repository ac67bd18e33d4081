"""Has a file read by a process of its own, which is ended when it takes too long.

The worker sees only what that process answers: at most a small picture or paper, or a text. Where
the worker is root the process is another account's.
"""

import asyncio
import logging
import sys
from contextlib import suppress
from typing import IO, Literal

from bot.attachments.papers import KEPT_LIMIT, SAID_LIMIT, Paper
from bot.attachments.pictures import Picture
from bot.attachments.reader import LOCKED, REFUSED
from bot.confinement.account import confined, environment
from bot.errors import AttachmentLocked, AttachmentRefused

log = logging.getLogger(__name__)

TIME_LIMIT = 30.0  # seconds; on an idle machine a large picture takes about one, a paper five
CLOSING_LIMIT = 5.0  # seconds in which the pipe of a killed process ends
ANSWER_LIMIT = 1_000_000  # bytes
PAPER_LIMIT = KEPT_LIMIT + 4 * SAID_LIMIT + 100  # bytes
PIECE = 64_000  # bytes

What = Literal["picture", "text", "pdf", "office", "contact"]


async def read_picture(file: IO[bytes]) -> Picture:
    """The picture in the file, small and without metadata. Raises `AttachmentRefused`."""
    content_type, extension, content = (await _read("picture", file)).split(b"\n", 2)
    return Picture(
        content=content, content_type=content_type.decode(), extension=extension.decode()
    )


async def read_text(file: IO[bytes]) -> tuple[str, bool]:
    """The text in the file, whatever its encoding, or its beginning; and whether that is all of it.

    Raises `AttachmentRefused` if it is none.
    """
    return _beginning(await _read("text", file))


async def read_paper(file: IO[bytes]) -> Paper:
    """The PDF in the file, small, and what it says.

    Raises `AttachmentLocked` if that takes a password, `AttachmentRefused` if it is none.
    """
    pages, total, length, rest = (await _read("pdf", file, limit=PAPER_LIMIT)).split(b"\n", 3)
    end = int(length)
    return Paper(content=rest[end:], pages=int(pages), total=int(total), says=rest[:end].decode())


async def read_office(file: IO[bytes]) -> tuple[str, bool]:
    """What a file of Word, Excel or PowerPoint says, or its beginning; and whether that is all.

    Raises `AttachmentLocked` if that takes a password, `AttachmentRefused` if it is none.
    """
    return _beginning(await _read("office", file))


async def read_contact(file: IO[bytes]) -> str:
    """What a shared contact says. Raises `AttachmentRefused` if it is no text."""
    return (await _read("contact", file)).decode()


def _beginning(answer: bytes) -> tuple[str, bool]:
    is_whole, _, text = answer.decode().partition("\n")
    return text, is_whole == "1"


async def _read(what: What, file: IO[bytes], *, limit: int = ANSWER_LIMIT) -> bytes:
    file.seek(0)
    command = [sys.executable, "-m", "bot.attachments.reader", what]
    process = await asyncio.create_subprocess_exec(
        *await asyncio.to_thread(confined, command),
        stdin=file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT):
            answer = await _answer(process, limit)
            status = await process.wait() if len(answer) <= limit else None
    except TimeoutError:
        answer, status = b"", None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_LIMIT):
                await process.communicate()  # to the end of its pipe, which closes it
    if status == 0:
        return answer
    if status == LOCKED:
        raise AttachmentLocked(f"the {what} needs a password")
    if status != REFUSED:
        log.warning("the process that reads a %s ended with %s", what, status)
    raise AttachmentRefused(f"the file cannot be read as a {what}")


async def _answer(process: asyncio.subprocess.Process, limit: int) -> bytes:
    """What it says; more than the limit if it says more, of which the rest is not read."""
    assert process.stdout is not None
    answer = bytearray()
    while len(answer) <= limit and (piece := await process.stdout.read(PIECE)):
        answer += piece
    return bytes(answer)
