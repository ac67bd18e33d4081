"""Tells an app's owner that visitors have left so much in it that there is little or no room."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.collections.visitor_data import count_left
from bot.database.clock import time_there
from bot.delivery.outbox import enqueue
from bot.messages import command_texts
from bot.messages.kinds import MessageKind
from bot.requests.lifecycle import in_request, load_request
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "filling.sql")


async def tell_filling(connection: AsyncConnection, project_id: UUID, *, is_full: bool) -> None:
    """Tell it, at most once a day each; nothing where the app is gone."""
    cursor = await connection.execute(SQL["find_filled"], {"project_id": project_id})
    found = await cursor.fetchone()
    if found is None:
        return
    title, request_id = found
    request = await load_request(connection, request_id)
    if request is None:
        return
    left = await count_left(connection, project_id)
    today = (await time_there(connection)).date()
    with in_request(request, project_id=project_id):
        say = command_texts.memory_full if is_full else command_texts.memory_nearly_full
        await enqueue(
            connection,
            user_id=request.user_id,
            request_id=request.request_id,
            kind=MessageKind.FILLING,
            body=say(title, left.documents),
            dedupe_key=f"{project_id}:{MessageKind.FILLING}:{today}:{is_full}",
        )
