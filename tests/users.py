"""Users, what they wrote and what they asked for, as rows."""

from secrets import token_hex
from uuid import UUID, uuid4

from psycopg import AsyncConnection, Connection

ADD_USER = """
    INSERT INTO contact (user_id, platform, address_encrypted) VALUES (%s, 'whatsapp', 'x')
    ON CONFLICT DO NOTHING
"""


async def add_user(connection: AsyncConnection, user_id: str) -> None:
    """Let a user have written before."""
    await connection.execute(ADD_USER, [user_id])


def insert_user(connection: Connection, user_id: str) -> None:
    """The same over a connection that blocks."""
    connection.execute(ADD_USER, [user_id])


async def add_request_row(connection: AsyncConnection, user_id: str, length: int) -> UUID:
    """Let there be a request, of no message; returns its id."""
    request_id = uuid4()
    await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, %s, 'whatsapp', %s, %s, %s)",
        [request_id, user_id, uuid4(), token_hex(16), token_hex(8), length],
    )
    return request_id


async def add_words(connection: AsyncConnection, user_id: str, body: str) -> UUID:
    """Let a user have written something; returns the request."""
    request_id = await add_request_row(connection, user_id, len(body))
    await connection.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES (%s, %s, %s, 'text', %s, 'x')",
        [f"SM{token_hex(16)}", request_id, user_id, body],
    )
    return request_id


async def add_request(
    connection: AsyncConnection, user_id: str, project_id: UUID, request_text: str
) -> UUID:
    """Let a user have asked for an app; returns the request."""
    request_id = await add_words(connection, user_id, request_text)
    await connection.execute(
        "INSERT INTO build (request_id, project_id, user_id, request_text) VALUES (%s, %s, %s, %s)",
        [request_id, project_id, user_id, request_text],
    )
    return request_id
