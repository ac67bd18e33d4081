"""What was sent for an app and is not in it is told, and put back as it was sent."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from psycopg import AsyncConnection

from bot.attachments.placement import put_in_place
from bot.attachments.storage import NewFile, attach_to_request, keep
from bot.crew.file_tools import FilePath
from bot.crew.sent_earlier import BRING_BACK, sent_earlier
from bot.crew.tools import InTransaction, ToolContent, ToolContext, TransactionContext
from bot.errors import WorkspaceError
from bot.projects.workspace import MAX_FILES, Workspace
from bot.settings.groups import Settings
from handoffs.tokens import WorkingBudget
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.pictures import picture
from tests.users import add_words

pytestmark = pytest.mark.anyio

BUDGET = WorkingBudget(window=200_000, working_budget=200_000, max_output=48_000)
PDF = b"%PDF-1.7 menu"
PRICES = "bread;3\nroll;1\n"
FILES = (
    NewFile(number=0, path="pictures/1.png", content_type="image/png", content=picture()),
    NewFile(number=1, path="files/prices.csv", content_type="text/csv", content=PRICES.encode(),
            says=PRICES),
    NewFile(number=2, path="papers/menu.pdf", content_type="application/pdf", content=PDF,
            says="Soup", pages=1),
)  # fmt: skip


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def send(connection: AsyncConnection, at: ToolContext) -> None:
    """The files, put into the project and taken out of it again, as a stop does."""
    said = "\n".join(["Put these on it", *(f"[picture: {file.path}]" for file in FILES)])
    request_id = await add_words(connection, USER, said)
    cursor = await connection.execute(
        "UPDATE request SET status = 'completed' WHERE request_id = %s RETURNING"
        " (SELECT message_sid FROM inbound_message WHERE inbound_message.request_id = %s)",
        [request_id, request_id],
    )
    ((sid,),) = await cursor.fetchall()
    await keep(connection, message_sid=sid, user_id=USER, files=FILES, body=said)
    project_id = at.build.project_id
    await attach_to_request(
        connection,
        user_id=USER,
        request_id=request_id,
        project_id=project_id,
        request_text=said,
    )
    assert await put_in_place(connection, request_id=request_id, project_id=project_id) == []
    assert await sent_earlier(connection, project_id) == ""
    for file in FILES:
        await Workspace(connection, project_id).delete(file.path)


async def bring_back(connection: AsyncConnection, at: ToolContext, path: str) -> ToolContent:
    context = TransactionContext(
        connection=connection,
        budget=BUDGET,
        project_id=at.build.project_id,
        request_id=at.build.request_id,
        sites_base_url="",
    )
    return await cast("InTransaction", BRING_BACK.runs).function(context, FilePath(path=path))


async def test_each_kind_of_file_is_told_and_put_back_as_it_was_sent(at: ToolContext) -> None:
    async with at.services.pool.connection() as connection:
        await send(connection, at)
        told = await sent_earlier(connection, at.build.project_id)
        assert sorted(told.splitlines()) == sorted(
            f"{file.path}, with the words: Put these on it" for file in FILES
        )
        for file in FILES:
            result = await bring_back(connection, at, file.path)
            assert isinstance(result, str) == (file.content_type != "image/png")
        workspace = Workspace(connection, at.build.project_id)
        assert [await workspace.read_bytes(file.path) for file in FILES] == [
            file.content for file in FILES
        ]
        lines = {file.path: file.lines for file in await workspace.list_files()}
        assert lines["files/prices.csv"] == 2
        assert await sent_earlier(connection, at.build.project_id) == ""


async def test_what_was_never_sent_or_has_no_room_is_answered_with_why(at: ToolContext) -> None:
    async with at.services.pool.connection() as connection:
        with pytest.raises(WorkspaceError, match=r"put back: -$"):
            await bring_back(connection, at, "pictures/1.png")
        await send(connection, at)
        with pytest.raises(WorkspaceError, match=r"pictures/1\.png, with"):
            await bring_back(connection, at, "pictures/2.png")
        workspace = Workspace(connection, at.build.project_id)
        for number in range(MAX_FILES - 1):
            await workspace.write(f"{number}.txt", "")
        with pytest.raises(WorkspaceError, match="no room"):
            await bring_back(connection, at, "pictures/1.png")


async def test_what_came_with_a_change_is_told_once_nobody_is_to_read_that_any_more(
    at: ToolContext,
) -> None:
    async with at.services.pool.connection() as connection:
        await send(connection, at)
        await connection.execute(
            "INSERT INTO change_request (build_id, request_id, body)"
            " SELECT DISTINCT %s::uuid, request_id, body FROM attachment"
            " JOIN inbound_message USING (message_sid, request_id)",
            [at.build.build_id],
        )
        assert await sent_earlier(connection, at.build.project_id) == ""
        await connection.execute("UPDATE build SET status = 'stopped', ended_at = now()")

        assert "pictures/1.png" in await sent_earlier(connection, at.build.project_id)
