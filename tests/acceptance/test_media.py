"""Pictures reach the phone over links that expire."""

import asyncio
from urllib.request import urlopen
from uuid import UUID

import psycopg

from bot.delivery.media import Media, keep
from bot.delivery.outbox import enqueue
from bot.messages.kinds import MessageKind
from tests.acceptance.stack import Stack

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def test_a_picture_comes_with_its_text(stack: Stack) -> None:
    phone = stack.phone()
    phone.say("help")
    phone.wait_for(lambda m: "*stop*" in m.body, 30)
    (request,) = stack.rows("SELECT user_id, request_id FROM request")
    asyncio.run(show(stack, request["user_id"], request["request_id"]))

    picture = phone.wait_for(lambda m: m.body == "Look", 30)

    (link,) = picture.media
    assert link.startswith(f"{stack.public_url}/media/")
    with urlopen(link) as answer:
        assert answer.read() == PIXEL
        assert answer.headers["Content-Type"] == "image/png"


async def show(stack: Stack, user_id: str, request_id: UUID) -> None:
    """Queue a message with a picture."""
    picture = Media(file_name="shop.png", content_type="image/png", content=PIXEL)
    async with await psycopg.AsyncConnection.connect(stack.database_url) as connection:
        await enqueue(
            connection,
            user_id=user_id,
            request_id=request_id,
            kind=MessageKind.PICTURE,
            body="Look",
            media=await keep(connection, user_id, picture),
        )
