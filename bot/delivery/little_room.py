"""Tells an app's owner that what visitors have left in it leaves little or no room."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.collections.visitor_data import count_documents
from bot.delivery.outbox import enqueue
from bot.messages import data_texts
from bot.messages.kinds import MessageKind
from bot.requests.lifecycle import in_request, load_request
from telemetry.named_sql import statements

SQL = statements("bot.delivery", "little_room.sql")


async def tell_little_room(
    connection: AsyncConnection, project_id: UUID, *, is_full: bool, noted_at: str
) -> None:
    """Tell it once of each time that it was noted; nothing where the app is gone or has room."""
    cursor = await connection.execute(SQL["find_project"], {"project_id": project_id})
    found = await cursor.fetchone()
    if found is None:
        return
    title, request_id = found
    request = await load_request(connection, request_id)
    if request is None:
        return
    left = await count_documents(connection, project_id)
    if not left.taken.is_nearly_all:
        return
    with in_request(request, project_id=project_id):
        say = data_texts.room_full if is_full else data_texts.room_nearly_full
        await enqueue(
            connection,
            user_id=request.user_id,
            request_id=request.request_id,
            kind=MessageKind.LITTLE_ROOM,
            body=say(title, left.documents),
            dedupe_key=f"{project_id}:{MessageKind.LITTLE_ROOM}:{is_full}:{noted_at}",
        )
