"""A build that a worker has claimed, in a place without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.builds.builds import create_build
from bot.builds.lease import Lease
from bot.crew.tools import ToolContext
from bot.model.client import ModelClient
from bot.projects.projects import create_project
from bot.projects.workspace import Workspace
from bot.services import Services
from bot.settings.groups import Settings
from bot.twilio.client import TwilioGateway
from tests.settings import changed
from tests.users import add_request_row, add_user

USER = "0123456789abcdef0123456789abcdef"

Pool = AsyncConnectionPool[AsyncConnection]


@asynccontextmanager
async def claimed_build(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    """Its project has one page, `index.html`."""
    async with pool.connection() as connection:
        await add_user(connection, USER)
        request_id = await add_request_row(connection, USER, 1)
        project = await create_project(connection, user_id=USER, title="Hello")
        await Workspace(connection, project.project_id).write("index.html", "<p>Hello</p>")
        await create_build(
            connection,
            request_id=request_id,
            project_id=project.project_id,
            user_id=USER,
            request_text="Greet me",
        )
        cursor = await connection.execute("SELECT build_id FROM build")
        ((build_id,),) = await cursor.fetchall()
    lease = Lease(pool, build_id)
    build = await lease.acquire()
    assert build is not None
    model = ModelClient(settings.model)
    services = Services(
        settings=changed(settings, CHECK_APPS=False),
        pool=pool,
        model=model,
        twilio=TwilioGateway(settings.twilio, settings.web),
    )
    yield ToolContext(services=services, lease=lease, build=build)
    await model.close()
