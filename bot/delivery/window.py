"""WhatsApp's window: 24 hours after a user wrote, only an approved template reaches them.

What waits for the user to write again is then sent together, in as few messages as hold it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.delivery.splitting import LIMIT, utf16_length
from bot.markup.shortening import one_line, shorten
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "window.sql")

GAP = "\n\n"
NEWS_LIMIT = 600  # characters of a template's variable


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """A message that waits for its recipient to write; `as_template` if that was tried."""

    id: int
    body: str
    as_template: bool
    is_text_only: bool


async def close(connection: AsyncConnection, user_id: str, outbox_id: int) -> None:
    """Note that Twilio has said so of a message, unless its user has written since."""
    await connection.execute(SQL["close_window"], {"user_id": user_id, "id": outbox_id})


async def release(connection: AsyncConnection, user_id: str) -> None:
    """Queue what waited for this user, several texts in one message as far as they fit."""
    async with connection.transaction(), connection.cursor(row_factory=class_row(HeldBack)) as rows:
        await rows.execute(SQL["unpack_held_back"], {"user_id": user_id})
        await rows.execute(SQL["list_held_back"], {"user_id": user_id})
        for pack in coalesce(await rows.fetchall()):
            first, *others = pack
            await connection.execute(
                SQL["queue_held_back"],
                {
                    "id": first.id,
                    "body": GAP.join(message.body for message in pack),
                    "carries": bool(others),
                },
            )
            if others:
                await connection.execute(
                    SQL["note_carried"],
                    {"carrier": first.id, "ids": [message.id for message in others]},
                )


def coalesce(messages: Sequence[HeldBack]) -> list[list[HeldBack]]:
    """Pack neighbouring texts into as few messages as hold them, in order."""
    packs: list[list[HeldBack]] = []
    for is_text_only, neighbours in groupby(messages, key=lambda message: message.is_text_only):
        room = 0
        for message in neighbours:
            size = utf16_length(GAP + message.body)
            if is_text_only and size <= room:
                packs[-1].append(message)
            else:
                packs.append([message])
                room = LIMIT + len(GAP)
            room -= size
    return packs


def as_news(body: str) -> str:
    """The text as a template's variable: one line, and not too long."""
    return shorten(one_line(body), NEWS_LIMIT)
