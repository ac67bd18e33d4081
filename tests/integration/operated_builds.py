"""A build in the hands of a run, and what stands around it, for operators to act upon."""

import secrets
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from bot.builds.builds import create_build
from bot.builds.lease import Lease
from bot.operating.audit import Operator
from bot.projects.projects import create_project
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from tests.integration.delivery_stage import Stage, User

KIM, LOU = Operator(name="kim", reason="a test"), Operator(name="lou", reason="a test")


async def count(stage: Stage, what: str) -> int:
    async with stage.pool.connection() as connection:
        row = await (await connection.execute(f"SELECT count(*) FROM {what}".encode())).fetchone()
    return int(row[0]) if row else 0


async def building(stage: Stage, user: User) -> Lease:
    """A build for the user's request, in the hands of a run."""
    async with stage.pool.connection() as connection:
        project = await create_project(connection, user_id=user.user_id, title="Counter")
        await connection.execute(
            "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
            " fields_encrypted) VALUES (%s, %s, %s, 'text', 'a counter', '')",
            [f"SM{secrets.token_hex(16)}", user.request_id, user.user_id],
        )
        await create_build(
            connection,
            request_id=user.request_id,
            project_id=project.project_id,
            user_id=user.user_id,
            request_text="a counter",
        )
        await connection.execute("UPDATE request SET status = 'working'")
        row = await (await connection.execute("SELECT build_id FROM build")).fetchone()
    assert row is not None
    lease = Lease(stage.pool, row[0])
    assert await lease.acquire() is not None
    return lease


async def is_online(connection: AsyncConnection) -> None:
    """Let the app have come out before."""
    ((project_id,),) = await (await connection.execute("SELECT project_id FROM project")).fetchall()
    await Workspace(connection, project_id).write("index.html", "shown")
    await publish(
        connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
    )


async def queued_behind(connection: AsyncConnection, user: User) -> UUID:
    """The build of another request of the user's, for the same app."""
    cursor = await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length)"
        " SELECT gen_random_uuid(), user_id, conversation_id, platform, '1', '1', 1 FROM request"
        " RETURNING request_id, (SELECT project_id FROM project)"
    )
    ((request_id, project_id),) = await cursor.fetchall()
    await create_build(
        connection,
        request_id=request_id,
        project_id=project_id,
        user_id=user.user_id,
        request_text="a shop",
    )
    cursor = await connection.execute(
        "SELECT build_id FROM build WHERE request_id = %s", [request_id]
    )
    ((build_id,),) = await cursor.fetchall()
    assert isinstance(build_id, UUID)
    return build_id
