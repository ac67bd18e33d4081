"""Whoever replies to what they sent means that: what it brought is part of what they say.

So it is if they reply to the question what they sent it for. It comes along however long ago that
was, and the crew reads which of several pictures is meant. If a file is kept no longer they are
told so, where something is built or changed with what they say.
"""

from dataclasses import replace

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.attachments.mentions import mentions, merged, paths_in
from bot.attachments.storage import list_gone, note_meaning
from bot.intake.dialogue_state import SAID, Quoted
from bot.intake.reading import Reading
from bot.messages.kinds import MessageKind
from telemetry.named_sql import statements

SQL = statements("bot.intake", "quoted.sql")


async def take_up_quoted(reading: Reading) -> bool:
    """Let the message name what the quoted one brought."""
    quoted = reading.dialogue.quoted
    if quoted is None or quoted.kind not in {SAID, MessageKind.WHAT_FOR}:
        return False
    async with reading.handling() as connection:
        brought = await _brought(connection, quoted)
        there = await _still_there(connection, reading.incoming.user_id, brought)
        reading.quotes_gone_file = len(there) < len(brought)
        unsaid = [line for line in there if line not in mentions(reading.incoming.body)]
        if unsaid:
            incoming = reading.incoming
            reading.own_body = merged([reading.own_body, *unsaid])
            reading.incoming = replace(incoming, body=merged([incoming.body, *unsaid]))
            await note_meaning(connection, incoming.message_sid, reading.own_body)
    return False


async def _still_there(connection: AsyncConnection, user_id: str, lines: list[str]) -> list[str]:
    """The lines, but for those of files that are kept no longer."""
    gone = set(await list_gone(connection, user_id, paths_in(lines)))
    return [line for line in lines if gone.isdisjoint(paths_in([line]))]


async def _brought(connection: AsyncConnection, quoted: Quoted) -> list[str]:
    """The lines that stand for what the message brought, or what the question is about."""
    if quoted.kind == SAID:
        return mentions(quoted.body)
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["list_bodies"], {"request_id": quoted.request_id})
        return [line for body in await cursor.fetchall() for line in mentions(body)]
