"""How often an agent may try the same files, and what it reads when it is over the limit."""

from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.checks.acceptance import Acceptance, Criterion, ExpectText
from bot.checks.report import CHECKS, Report
from bot.crew.browser_tools import ENOUGH, NO_BROWSER, TRIAL_LIMIT, try_page
from bot.crew.tools import ToolContext
from bot.delivery.gateway import TwilioGateway
from bot.model.client import ModelClient
from bot.projects.builds import Claim, create_build
from bot.projects.versions import create_project
from bot.projects.workspace import Workspace, manifest_of
from bot.services import Services
from bot.settings import Settings

pytestmark = pytest.mark.anyio

PERSON = "0123456789abcdef0123456789abcdef"

Pool = AsyncConnectionPool[AsyncConnection]


def a_list(number: int) -> Acceptance:
    step = ExpectText(action="expect_text", text=f"Hello {number}")
    criterion = Criterion(criterion="It greets.", steps=[step])
    return Acceptance(language="en", keeps_data=False, criteria=[criterion])


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    """A build with a page, in a place without a browser."""
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO contact (user_id, platform, address_encrypted)"
            " VALUES (%s, 'whatsapp', '')",
            [PERSON],
        )
        request_id = uuid4()
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '', '', 1)",
            [request_id, PERSON],
        )
        project = await create_project(connection, user_id=PERSON, title="Hello")
        await Workspace(connection, project.project_id).write("index.html", "<p>Hello</p>")
        await create_build(
            connection,
            request_id=request_id,
            project_id=project.project_id,
            user_id=PERSON,
            wish="Greet me",
        )
        cursor = await connection.execute("SELECT build_id FROM build")
        ((build_id,),) = await cursor.fetchall()
    claim = Claim(pool, build_id)
    build = await claim.take()
    assert build is not None
    model = ModelClient(settings)
    services = Services(
        settings=settings.model_copy(update={"check_apps": False}),
        pool=pool,
        model=model,
        twilio=TwilioGateway(settings),
    )
    yield ToolContext(services=services, claim=claim, build=build)
    await model.close()


async def was_tried(at: ToolContext, acceptance: Acceptance | None) -> None:
    """Let the page have been tried in this way."""
    text = acceptance.model_dump_json() if acceptance else "null"
    report = Report(ran=frozenset(CHECKS)).model_dump_json()
    async with at.services.pool.connection() as connection:
        files = await Workspace(connection, at.build.project_id).list_files()
        await connection.execute(
            "INSERT INTO trial (build_id, manifest, list_hash, acceptance, report)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                at.build.build_id,
                manifest_of(files),
                sha256(text.encode()).digest(),
                text,
                report,
            ],
        )


async def test_what_was_seen_is_told_again_after_the_last_trial(at: ToolContext) -> None:
    for number in range(TRIAL_LIMIT):
        await was_tried(at, a_list(number))

    again = await try_page(at, a_list(TRIAL_LIMIT - 1))

    assert again not in {ENOUGH, NO_BROWSER}
    assert await try_page(at, a_list(TRIAL_LIMIT)) == ENOUGH


async def test_a_look_at_the_page_takes_no_trial_away(at: ToolContext) -> None:
    await was_tried(at, None)
    for number in range(TRIAL_LIMIT - 1):
        await was_tried(at, a_list(number))

    assert await try_page(at, a_list(TRIAL_LIMIT)) == NO_BROWSER
