"""Requests as operators name them: by their id, of which the beginning is enough."""

from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from bot.database.id_ranges import ids_beginning
from bot.errors import NotFound
from telemetry.named_sql import statements

SQL = statements("bot.operating", "id_lookup.sql")


async def find_request(connection: AsyncConnection, begins: str) -> UUID:
    """The one request whose id begins so. Raises `NotFound` where there is none, or several."""
    ids = ids_beginning(begins)
    if ids is None:
        raise NotFound("The id of a request has the digits 0 to 9 and a to f.")
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["find_requests"], {"first": ids[0], "last": ids[1]})
        found = await cursor.fetchall()
    match found:
        case [UUID() as request_id]:
            return request_id
        case []:
            raise NotFound("No request has an id that begins so.")
        case _:
            raise NotFound("More than one request has an id that begins so.")
