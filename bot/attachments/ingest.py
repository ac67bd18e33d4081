"""Takes in what a message brings beside its words, and says in words what that is.

From then on the message's body says it all: `[picture: pictures/1f2e3d4c.jpg]` stands where a
picture was sent, `[paper: papers/menu.pdf]` for a paper, `[file: files/prices.csv]` for a text; the
place on a map and a contact stand there themselves. So whoever reads the message later, a model, a
handoff, the next job, knows of it. What a file says is kept beside it: it is nobody's wish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO

from bot.attachments import confined_reading, office, papers, pictures, storage, texts
from bot.attachments.download import fetch
from bot.attachments.mentions import CONTACT, FILE, PAPER, PICTURE, PLACE, mention
from bot.attachments.naming import PICTURES, TEXTS, marked, path_of
from bot.attachments.paper_intake import take_office, take_pdf
from bot.attachments.storage import NewFile
from bot.errors import AttachmentLocked, AttachmentRefused
from bot.messages import file_texts
from bot.services import Services
from bot.sites.file_types import TEXT_TYPES, file_type
from bot.twilio.media_fields import (
    NAMED,
    Fields,
    InboundFile,
    Kind,
    body_is_name,
    brought_files,
    has_unnamed_files,
    is_sticker,
    place,
)

_EXCUSES = {
    "voice": file_texts.VOICE_NOT_HEARD,
    "video": file_texts.VIDEO_NOT_WATCHED,
    "other": file_texts.FILE_NOT_OPENED,
    "picture": file_texts.PICTURE_NOT_SEEN,
    "text": file_texts.FILE_NOT_OPENED,
    "pdf": file_texts.PAPER_NOT_OPENED,
    "office": file_texts.PAPER_NOT_OPENED,
    "contact": file_texts.FILE_NOT_OPENED,
}
# What a message says whose type tells of a file that is not with it: WhatsApp and Twilio hand on
# nothing larger than 16 MB, and nothing that is to be seen once.
_KEPT_FROM_US = {
    "image": file_texts.FILE_NOT_ARRIVED,
    "audio": file_texts.FILE_NOT_ARRIVED,
    "document": file_texts.FILE_NOT_ARRIVED,
    "video": file_texts.VIDEO_NOT_WATCHED,
}
_FETCHED_LIMITS: dict[Kind, int] = {
    "picture": pictures.FETCHED_LIMIT,
    "text": texts.FETCHED_LIMIT,
    "pdf": papers.FETCHED_LIMIT,
    "office": office.FETCHED_LIMIT,
    "contact": pictures.FETCHED_LIMIT,
}


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What a message says with all that it brings, and the `files` to be kept of it.

    `excuse` tells the user what of it cannot be taken; empty if all can. What `is_new` is to be
    stored (`keep`) together with saying that; else it was before, or there is nothing.
    """

    body: str
    excuse: str = ""
    files: Sequence[NewFile] = ()
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class _Message:
    message_sid: str
    words: str
    file_name: str


async def files_of(services: Services, fields: Fields, message_sid: str) -> list[InboundFile]:
    """The files of a message, in order; of one that an outage kept from us, as Twilio lists them.

    Raises `AttachmentDelayed` where Twilio does not tell.
    """
    files = brought_files(fields)
    if not files and has_unnamed_files(fields):
        return await services.twilio.list_media(message_sid)
    return files


async def take_in(
    services: Services,
    fields: Fields,
    *,
    message_sid: str,
    message_type: str,
    body: str,
) -> Ingested:
    """Fetch and read what a message brings; a message that was taken in before is left as it is.

    Raises `AttachmentUnavailable` where Twilio does not hand it over.
    """
    shared = place(fields)
    files = [
        file
        for file in await files_of(services, fields, message_sid)
        if not is_sticker(message_type, file)
    ]
    if shared is None and not files and message_type not in _KEPT_FROM_US:
        return Ingested(body=body)
    async with services.pool.connection() as connection:
        if await storage.was_taken_in(connection, message_sid):
            return Ingested(body=body)
    if shared is None and not files:
        words = "" if message_type in NAMED else body
        return Ingested(body=words, excuse=_KEPT_FROM_US[message_type], is_new=True)
    is_named = body_is_name(message_type, files)
    message = _Message(
        message_sid=message_sid,
        words="" if is_named else body,
        file_name=body if is_named else "",
    )
    return await _take(services, message, files, shared)


async def _take(
    services: Services, message: _Message, files: list[InboundFile], shared: str | None
) -> Ingested:
    said = [message.words, mention(PLACE, shared) if shared else ""]
    kept: list[NewFile] = []
    excuses: list[str] = []
    for file in files:
        try:
            new, words = await _read(services, message, file)
        except AttachmentLocked:
            excuses.append(file_texts.PAPER_LOCKED)
            continue
        except AttachmentRefused:
            excuses.append(_EXCUSES[file.kind])
            continue
        said.append(words)
        if new is not None:
            kept.append(new)
            excuses += filter(None, [new.remark])
    return Ingested(
        body="\n".join(filter(None, said)),
        excuse=next(iter(excuses), ""),
        files=kept,
        is_new=True,
    )


async def _read(
    services: Services, message: _Message, file: InboundFile
) -> tuple[NewFile | None, str]:
    """The file as it is kept, if it is, and what it says."""
    limit = _FETCHED_LIMITS.get(file.kind)
    if limit is None:
        raise AttachmentRefused
    with TemporaryFile() as fetched:
        await fetch(
            services.settings.twilio,
            file.url,
            message_sid=message.message_sid,
            limit=limit,
            into=fetched,
        )
        async with services.media:
            return await _open(services, message, file, fetched)


async def _open(
    services: Services, message: _Message, file: InboundFile, fetched: IO[bytes]
) -> tuple[NewFile | None, str]:
    if file.kind == "picture":
        return await _picture(file, fetched)
    if file.kind == "text":
        text = await _beside_others(services, message, await _text(message, file, fetched))
        return text, mention(FILE, text.path)
    if file.kind in ("pdf", "office"):
        take = take_pdf if file.kind == "pdf" else take_office
        paper = await take(file.number, message.file_name, fetched)
        paper = await _beside_others(services, message, paper)
        return paper, mention(PAPER, paper.path)
    return None, mention(CONTACT, await confined_reading.read_contact(fetched))


async def _beside_others(services: Services, message: _Message, new: NewFile) -> NewFile:
    """The file, called so that it takes the place of none that came for the same words."""
    async with services.pool.connection() as connection:
        is_waiting = await storage.is_path_waiting(
            connection, message_sid=message.message_sid, path=new.path, content=new.content
        )
    return replace(new, path=marked(new.path, new.content)) if is_waiting else new


async def _picture(file: InboundFile, fetched: IO[bytes]) -> tuple[NewFile, str]:
    picture = await confined_reading.read_picture(fetched)
    path = f"{PICTURES}/{sha256(picture.content).hexdigest()[:8]}.{picture.extension}"
    new = NewFile(
        number=file.number, path=path, content_type=picture.content_type, content=picture.content
    )
    return new, mention(PICTURE, path)


async def _text(message: _Message, file: InboundFile, fetched: IO[bytes]) -> NewFile:
    text, is_whole = await confined_reading.read_text(fetched)
    content = text.encode("utf-8")
    extension = file_type(message.file_name.lower())
    ending = extension if extension in TEXT_TYPES else "txt"
    return NewFile(
        number=file.number,
        path=path_of(TEXTS, message.file_name, ending, content),
        content_type=file.content_type,
        content=content,
        says=text or None,
        remark="" if is_whole else file_texts.BEGINNING_TAKEN,
    )
