"""The files that came with a request become files of its app; what has no room there is told."""

from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments.placement import put_in_place
from bot.delivery.outbox import enqueue
from bot.messages import file_texts
from bot.messages.kinds import MessageKind


async def bring_files(
    connection: AsyncConnection, *, user_id: str, request_id: UUID, project_id: UUID
) -> list[str]:
    """Put them into the project; returns the paths of those that it has no room for.

    These are kept no longer, and the user hears how many they are, in the same transaction.
    """
    left_out = await put_in_place(connection, request_id=request_id, project_id=project_id)
    if left_out:
        await enqueue(
            connection,
            user_id=user_id,
            request_id=request_id,
            kind=MessageKind.EXCUSE,
            body=file_texts.no_room_for_files(len(left_out)),
            dedupe_key=f"{request_id}:no_room",
        )
    return left_out
