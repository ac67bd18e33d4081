"""The pictures and papers that agents are shown, put into the conversation at the moment of a call.

What is stored of a conversation names them by their contents' hash, so a turn stays small; the
same turns still give the same messages, because what has a hash never changes.

A call holds all of them several times over, so it has room for so many bytes of them. Papers come
ahead of pictures, of which there is often one more. Later pictures are left out, and of later
papers it is told what they say.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict, cast
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.kept_files import (
    KeptFile,
    find_paper,
    find_picture,
    load_paper,
    pictures_of,
)
from bot.crew.excerpts import headed
from bot.crew.in_words import AS_THEY_ARE, InWords
from bot.crew.transcript import note
from bot.crew.trials import find_seen
from bot.model.calls import Message
from handoffs.tags import tagged

if TYPE_CHECKING:
    from anthropic.types import (
        Base64ImageSourceParam,
        ContentBlockParam,
        DocumentBlockParam,
        ImageBlockParam,
        TextBlockParam,
    )
    from anthropic.types.document_block_param import Source as DocumentSource
    from anthropic.types.image_block_param import Source
    from anthropic.types.tool_result_block_param import Content

STORED: Final = "stored"
NO_TEXT = "(It is a scan or a drawing: there is no text to be read from it.)"
GONE = "(What was shown here is not there any more.)"
SHOWN = "(The same as one above.)"
NOT_TAKEN = "(A picture that cannot be shown: your model takes none.)"
NO_ROOM = "(This conversation has no room to show another picture.)"
ROOM = 1_800_000  # bytes of pictures and papers in one call
MOST_TOKENS = 1_600  # of one picture: the API makes larger ones smaller
PHONE_TOKENS = 500  # of 390 × 844 pixels, at 750 a token


class StoredSource(TypedDict):
    """The source of a picture or paper as it is stored; `sha256` in hexadecimal, `tokens` as far
    as it is known how many it takes.

    The SDK has no type for it. Only this module writes and reads it.
    """

    type: Literal["stored"]
    sha256: str
    tokens: NotRequired[int]


def stored_picture(sha256: str, *, tokens: int = MOST_TOKENS) -> "ImageBlockParam":
    """A picture in a conversation, as it is stored; `sha256` in hexadecimal."""
    source: StoredSource = {"type": STORED, "sha256": sha256, "tokens": tokens}
    return {"type": "image", "source": cast("Source", source)}


def stored_paper(path: str, sha256: str, *, tokens: int) -> "DocumentBlockParam":
    """A PDF in a conversation, as it is stored; `sha256` in hexadecimal."""
    source: StoredSource = {"type": STORED, "sha256": sha256, "tokens": tokens}
    return {"type": "document", "source": cast("DocumentSource", source), "title": path}


def shown_tokens(blocks: "Iterable[ContentBlockParam]") -> int:
    """The tokens that pictures and papers among the blocks, and in tools' results, will take."""
    tokens = 0
    for block in blocks:
        if block["type"] == "image":
            source = cast("Source | StoredSource", block["source"])
            if source["type"] == STORED:
                tokens += source.get("tokens", MOST_TOKENS)
            else:
                tokens += PHONE_TOKENS
        elif block["type"] == "document":
            tokens += _tokens_of(block)
        elif block["type"] == "tool_result" and not isinstance(block["content"], str):
            tokens += shown_tokens(cast("Iterable[ContentBlockParam]", block["content"]))
    return tokens


def _tokens_of(document: "DocumentBlockParam") -> int:
    return cast("StoredSource", document["source"]).get("tokens", 0)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A conversation as the model gets it, and the tokens that the papers in it take.

    Their bytes do not tell that.
    """

    messages: list[Message]
    paper_tokens: int
    has_pictures: bool


async def inline_media(
    connection: AsyncConnection,
    messages: list[Message],
    *,
    request_id: UUID,
    project_id: UUID,
    with_request_pictures: bool,
    in_words: InWords = AS_THEY_ARE,
) -> Shown:
    """The conversation with what is to be seen in it.

    `with_request_pictures` puts the pictures that the user sent with their request ahead of all.
    """
    showing = _Showing(connection, project_id, in_words)
    told = [await showing.with_papers(message) for message in messages]
    ahead: list[ContentBlockParam] = []
    for picture in await pictures_of(connection, request_id) if with_request_pictures else ():
        ahead += [note(f"{picture.path}, which the user sent:"), showing.show(picture)]
    seen = [await showing.with_pictures(message) for message in told]
    if ahead:
        opening, *others = seen
        seen = [{**opening, "content": [*ahead, *opening["content"]]}, *others]
    return Shown(
        messages=seen, paper_tokens=showing.paper_tokens, has_pictures=showing.has_pictures
    )


class _Showing:
    """Puts papers, and then pictures, into the messages of one call, as long as there is room.

    One that was shown is not shown again.
    """

    def __init__(self, connection: AsyncConnection, project_id: UUID, in_words: InWords) -> None:
        self._connection = connection
        self._project_id = project_id
        self._in_words = in_words
        self._room = ROOM
        self._shown: set[bytes] = set()
        self.paper_tokens = 0
        self.has_pictures = False

    async def with_papers(self, message: Message) -> Message:
        content = [await self._reveal_papers(block) for block in message["content"]]
        return {**message, "content": content}

    async def with_pictures(self, message: Message) -> Message:
        content = [await self._reveal_pictures(block) for block in message["content"]]
        return {**message, "content": content}

    async def _reveal_papers(self, block: "ContentBlockParam") -> "ContentBlockParam":
        if block["type"] == "document":
            return await self._reveal_paper(block)
        if block["type"] != "tool_result" or isinstance(block["content"], str):
            return block
        inner: list[Content] = [
            await self._reveal_paper(part) if part["type"] == "document" else part
            for part in block["content"]
        ]
        return {**block, "content": inner}

    async def _reveal_pictures(self, block: "ContentBlockParam") -> "ContentBlockParam":
        if block["type"] == "image":
            return await self._reveal_picture(block)
        if block["type"] != "tool_result" or isinstance(block["content"], str):
            return block
        inner: list[Content] = [
            await self._reveal_picture(part) if part["type"] == "image" else part
            for part in block["content"]
        ]
        return {**block, "content": inner}

    async def _reveal_picture(self, block: "ImageBlockParam") -> "ImageBlockParam | TextBlockParam":
        if self._in_words.pictures:
            return note(NOT_TAKEN)
        source = cast("Source | StoredSource", block["source"])
        if source["type"] != STORED:
            self.has_pictures = True
            return block
        digest = bytes.fromhex(source["sha256"])
        if digest in self._shown:
            return note(SHOWN)
        picture = await find_picture(self._connection, self._project_id, digest)
        if picture is None:
            seen = await find_seen(self._connection, self._project_id, digest)
            if seen is None:
                return note(GONE)
            content_type, content = seen
            picture = KeptFile(path="", content_type=content_type, content=content)
        return self.show(picture)

    async def _reveal_paper(
        self, block: "DocumentBlockParam"
    ) -> "DocumentBlockParam | TextBlockParam":
        digest = bytes.fromhex(cast("StoredSource", block["source"])["sha256"])
        if digest in self._shown:
            return note(SHOWN)
        content = b""
        if not self._in_words.papers:
            found = await load_paper(self._connection, self._project_id, digest)
            if found is None:
                return note(GONE)
            content = found
        self._shown.add(digest)
        if self._in_words.papers or len(content) > self._room:
            paper = await find_paper(self._connection, self._project_id, digest)
            says = paper.says if paper is not None else ""
            return note(tagged("papers", headed(str(block["title"]), says or NO_TEXT)))
        self._room -= len(content)
        self.paper_tokens += _tokens_of(block)
        data = base64.b64encode(content).decode()
        return {
            **block,
            "source": {"type": "base64", "media_type": "application/pdf", "data": data},
        }

    def show(self, picture: KeptFile) -> "ImageBlockParam | TextBlockParam":
        if self._in_words.pictures:
            return note(NOT_TAKEN)
        if len(picture.content) > self._room:
            return note(NO_ROOM)
        self.has_pictures = True
        self._room -= len(picture.content)
        self._shown.add(sha256(picture.content).digest())
        return _image(picture)


def _image(picture: KeptFile) -> "ImageBlockParam":
    data = base64.b64encode(picture.content).decode()
    source = {"type": "base64", "media_type": picture.content_type, "data": data}
    return {"type": "image", "source": cast("Base64ImageSourceParam", source)}
