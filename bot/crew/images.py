"""The pictures that agents are shown, put into the conversation at the moment of a call.

What is stored of a conversation names a picture by its contents' hash, so a turn stays small; the
same turns still give the same messages, because what has a hash never changes.

A call holds all of them several times over, so it has room for so many bytes of pictures; the later
ones are left out.
"""

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict, cast
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.storage import KeptFile, find_picture, pictures_of
from bot.crew.browser_runs import find_seen
from bot.crew.transcript import note
from bot.model.calls import Message

if TYPE_CHECKING:
    from anthropic.types import (
        Base64ImageSourceParam,
        ContentBlockParam,
        ImageBlockParam,
        TextBlockParam,
    )
    from anthropic.types.image_block_param import Source
    from anthropic.types.tool_result_block_param import Content

STORED: Final = "stored"
GONE = "(The picture is not there any more.)"
SHOWN = "(The same picture as one above.)"
NO_ROOM = "(This conversation has no room for another picture.)"
ROOM = 1_800_000  # bytes of pictures in one call
MOST_TOKENS = 1_600  # of one picture: the API makes larger ones smaller
PHONE_TOKENS = 500  # of 390 × 844 pixels, at 750 a token


class StoredSource(TypedDict):
    """A picture's source as it is stored; `sha256` in hexadecimal, `tokens` as far as it is known
    how many it takes.

    The SDK has no type for it. Only this module writes and reads it.
    """

    type: Literal["stored"]
    sha256: str
    tokens: NotRequired[int]


def stored_picture(sha256: str, *, tokens: int = MOST_TOKENS) -> "ImageBlockParam":
    """A picture in a conversation, as it is stored; `sha256` in hexadecimal."""
    source: StoredSource = {"type": STORED, "sha256": sha256, "tokens": tokens}
    return {"type": "image", "source": cast("Source", source)}


def picture_tokens(blocks: "Iterable[ContentBlockParam]") -> int:
    """The tokens that pictures among the blocks, and in tools' results, will take."""
    tokens = 0
    for block in blocks:
        if block["type"] == "image":
            source = cast("Source | StoredSource", block["source"])
            if source["type"] == STORED:
                tokens += source.get("tokens", MOST_TOKENS)
            else:
                tokens += PHONE_TOKENS
        elif block["type"] == "tool_result" and not isinstance(block["content"], str):
            tokens += picture_tokens(cast("Iterable[ContentBlockParam]", block["content"]))
    return tokens


async def inline_images(
    connection: AsyncConnection,
    messages: list[Message],
    *,
    request_id: UUID,
    project_id: UUID,
    came_with_request: bool,
) -> list[Message]:
    """The conversation as the model gets it.

    `came_with_request` puts the pictures that the user sent with their request ahead of all.
    """
    showing = _Showing(connection, project_id)
    ahead: list[ContentBlockParam] = []
    for picture in await pictures_of(connection, request_id) if came_with_request else ():
        ahead += [note(f"{picture.path}, which the user sent:"), showing.show(picture)]
    seen = [await showing.revealed(message) for message in messages]
    if not ahead:
        return seen
    opening, *others = seen
    return [{**opening, "content": [*ahead, *opening["content"]]}, *others]


class _Showing:
    """Puts pictures into the messages of one call, in their order, as long as there is room.

    One that was shown is not shown again.
    """

    def __init__(self, connection: AsyncConnection, project_id: UUID) -> None:
        self._connection = connection
        self._project_id = project_id
        self._room = ROOM
        self._shown: set[bytes] = set()

    async def revealed(self, message: Message) -> Message:
        content = [await self._reveal(block) for block in message["content"]]
        return {**message, "content": content}

    async def _reveal(self, block: "ContentBlockParam") -> "ContentBlockParam":
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
        source = cast("Source | StoredSource", block["source"])
        if source["type"] != STORED:
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

    def show(self, picture: KeptFile) -> "ImageBlockParam | TextBlockParam":
        if len(picture.content) > self._room:
            return note(NO_ROOM)
        self._room -= len(picture.content)
        self._shown.add(sha256(picture.content).digest())
        return _image(picture)


def _image(picture: KeptFile) -> "ImageBlockParam":
    data = base64.b64encode(picture.content).decode()
    source = {"type": "base64", "media_type": picture.content_type, "data": data}
    return {"type": "image", "source": cast("Base64ImageSourceParam", source)}
