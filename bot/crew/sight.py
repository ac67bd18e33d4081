"""The pictures that agents are shown, put into the conversation at the moment of a call.

What is stored of a conversation names a picture by its contents' hash, so a turn stays small; the
same turns still give the same messages, because what has a hash never changes.
"""

import base64
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.keeping import KeptFile, find_picture, pictures_of
from bot.crew.transcript import note
from bot.model.calls import Block, Message

STORED = "stored"  # the source's type as it is stored; the API knows none such
GONE = "(The picture is not there any more.)"


def stored_picture(sha256: str) -> Block:
    """A picture in a tool's result, as it is stored; `sha256` in hexadecimal."""
    return {"type": "image", "source": {"type": STORED, "sha256": sha256}}


async def with_pictures(
    connection: AsyncConnection,
    messages: list[Message],
    *,
    request_id: UUID,
    project_id: UUID,
    came_with_wish: bool,
) -> list[Message]:
    """The conversation as the model gets it.

    `came_with_wish` puts the pictures that the person sent with their wish ahead of all.
    """
    seen = [await _revealed(connection, project_id, message) for message in messages]
    if not came_with_wish:
        return seen
    ahead: list[Block] = []
    for picture in await pictures_of(connection, request_id):
        ahead += [note(f"{picture.path}, which the person sent:"), _image(picture)]
    if not ahead:
        return seen
    opening, *others = seen
    return [{**opening, "content": [*ahead, *opening["content"]]}, *others]


async def _revealed(connection: AsyncConnection, project_id: UUID, message: Message) -> Message:
    content = [await _reveal(connection, project_id, block) for block in message["content"]]
    return {**message, "content": content}


async def _reveal(connection: AsyncConnection, project_id: UUID, block: Block) -> Block:
    if block["type"] == "tool_result" and isinstance(block["content"], list):
        inner = [await _reveal(connection, project_id, part) for part in block["content"]]
        return {**block, "content": inner}
    if block["type"] != "image" or block["source"]["type"] != STORED:
        return block
    sha256 = bytes.fromhex(block["source"]["sha256"])
    picture = await find_picture(connection, project_id, sha256)
    return _image(picture) if picture else note(GONE)


def _image(picture: KeptFile) -> dict[str, Any]:
    data = base64.b64encode(picture.content).decode()
    source = {"type": "base64", "media_type": picture.content_type, "data": data}
    return {"type": "image", "source": source}
