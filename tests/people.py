"""People, what they wrote and what they wished for, as rows."""

from secrets import token_hex
from uuid import UUID, uuid4

from psycopg import AsyncConnection


async def add_person(connection: AsyncConnection, user_id: str) -> None:
    """Let a person have written before."""
    await connection.execute(
        "INSERT INTO contact (user_id, platform, address_encrypted) VALUES (%s, 'whatsapp', 'x')",
        [user_id],
    )


async def add_words(connection: AsyncConnection, user_id: str, body: str) -> UUID:
    """Let a person have written something; returns the request."""
    request_id = uuid4()
    await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, %s, 'whatsapp', %s, %s, %s)",
        [request_id, user_id, uuid4(), token_hex(16), token_hex(8), len(body)],
    )
    await connection.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES (%s, %s, %s, 'text', %s, 'x')",
        [f"SM{token_hex(16)}", request_id, user_id, body],
    )
    return request_id


async def add_wish(connection: AsyncConnection, user_id: str, project_id: UUID, wish: str) -> UUID:
    """Let a person have wished for something; returns the request."""
    request_id = await add_words(connection, user_id, wish)
    await connection.execute(
        "INSERT INTO build (request_id, project_id, user_id, wish) VALUES (%s, %s, %s, %s)",
        [request_id, project_id, user_id, wish],
    )
    return request_id
