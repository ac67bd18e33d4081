"""Which papers of an app who works on it gets: of several requests, and of several changes."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from bot.attachments.placement import put_in_place
from bot.attachments.storage import NewFile, keep
from bot.builds.change_requests import add_change
from bot.crew.agent_specs import FRONTEND
from bot.crew.assignment import Assignment, Outcome
from bot.crew.file_tools import READ_TOOLS
from bot.crew.images import inline_media, shown_tokens
from bot.crew.papers import papers_shown, papers_told, room_for_papers
from bot.crew.tools import InTransaction, ToolContext, TransactionContext
from bot.crew.user_updates import read_changes
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from handoffs.checkpoints import Turn
from handoffs.lifecycle import spawn_agent
from handoffs.tokens import WorkingBudget, estimate_tokens
from tests.blocks import blocks_in, inlined
from tests.integration.crew_stage import USER, Pool, claimed_build
from tests.papers import PDF, scan
from tests.users import add_request_row

if TYPE_CHECKING:
    from anthropic.types import ContentBlockParam

pytestmark = pytest.mark.anyio

LARGE = WorkingBudget(window=200_000, working_budget=200_000, max_output=48_000)
SMALL = WorkingBudget(window=200_000, working_budget=40_000, max_output=4_000)


@pytest.fixture
async def at(pool: Pool, settings: Settings) -> AsyncIterator[ToolContext]:
    async with claimed_build(pool, settings) as context:
        yield context


async def send(
    connection: AsyncConnection,
    at: ToolContext,
    request_id: UUID,
    path: str,
    says: str,
    *,
    pages: int | None = None,
    content: bytes | None = None,
    ago: int = 0,
) -> None:
    """A paper that came with a request, `ago` minutes ago, and is put into the project."""
    message_sid = f"SM{token_hex(16)}"
    file = NewFile(
        number=0,
        path=path,
        content_type="text/markdown" if pages is None else "application/pdf",
        content=says.encode() if content is None else content,
        says=says,
        pages=pages,
    )
    await connection.execute(
        "INSERT INTO inbound_message (message_sid, request_id, user_id, message_type, body,"
        " fields_encrypted) VALUES (%s, %s, %s, 'document', '', '')",
        [message_sid, request_id, USER],
    )
    await keep(connection, message_sid=message_sid, user_id=USER, files=[file], body="")
    await connection.execute(
        "UPDATE attachment SET project_id = %s, request_id = %s, received_at = now() - %s"
        " WHERE message_sid = %s",
        [at.build.project_id, request_id, timedelta(minutes=ago), message_sid],
    )
    await put_in_place(connection, request_id=request_id, project_id=at.build.project_id)


def text_of(blocks: "Sequence[ContentBlockParam]") -> str:
    return "\n".join(block["text"] for block in blocks if block["type"] == "text")


async def test_a_later_request_has_the_papers_of_earlier_ones_the_newest_first(
    at: ToolContext,
) -> None:
    async with at.lease.transaction() as connection:
        first, second = (
            await add_request_row(connection, USER, 1),
            await add_request_row(connection, USER, 1),
        )
        await send(connection, at, first, "papers/menu.md", "Soup 4.50", ago=30)
        await send(connection, at, first, "papers/zoo.md", "A lion & a bear", ago=25)
        await send(connection, at, second, "papers/menu.md", "Soup 4.90", ago=20)
        await send(connection, at, second, "papers/hours.md", "From ten to six", ago=15)
        await send(connection, at, second, "papers/gone.md", "Never mind", ago=10)
        await Workspace(connection, at.build.project_id).delete("papers/gone.md")
        own = at.build.request_id
        await send(connection, at, own, "papers/hours.md", "From nine to five", pages=1)

        shown = await papers_shown(connection, at.build, LARGE)
        told = await papers_told(connection, at.build, LARGE)

    assert [block["title"] for block in shown if block["type"] == "document"] == ["papers/hours.md"]
    earlier = text_of(shown)
    assert earlier.index("Soup 4.90") < earlier.index("A lion &amp; a bear")
    for gone in ("Soup 4.50", "From ten", "Never mind"):
        assert gone not in earlier + told, "what was replaced or deleted holds no more"
    assert told.index("From nine to five") < told.index("Soup 4.90")


async def test_the_papers_of_several_changes_share_the_room_that_one_would_have(
    at: ToolContext,
) -> None:
    async with at.lease.transaction() as connection:
        agent = await spawn_agent(
            connection,
            request_id=at.build.request_id,
            user_id=USER,
            project_id=at.build.project_id,
            agent_type=FRONTEND.agent_type,
            model="claude-sonnet-5-5",
            budget=SMALL,
            opening="[]",
        )
        for number in range(4):
            request_id = await add_request_row(connection, USER, 1)
            says = f"Change {number}\n" + "and more of it\n" * 2_000
            await send(connection, at, request_id, f"papers/{number}.pdf", says, pages=5)
            await add_change(
                connection,
                project_id=at.build.project_id,
                user_id=USER,
                request_id=request_id,
                body=f"Put paper {number} on the page",
            )
        turn = Turn(number=1, answer=[], stop_reason="tool_use", results=None)
        news = await read_changes(connection, working(at), agent, turn)

    papers = [block for block in news if "papers/" in str(block)]
    taken = shown_tokens(papers) + estimate_tokens([text_of(papers)])
    assert taken <= room_for_papers(SMALL, takes_over=True) + 100
    for number in range(4):
        assert f"=== papers/{number}.pdf (5 pages)\nChange {number}" in text_of(papers)


async def test_who_reads_on_in_a_long_paper_has_room_to_work_after_it(at: ToolContext) -> None:
    says = "\n".join(f"Line {number} of it" for number in range(1, 5_001))
    async with at.lease.transaction() as connection:
        await send(connection, at, at.build.request_id, "papers/long.pdf", says, pages=90)
        (shown,) = await papers_shown(connection, at.build, SMALL, takes_over=True)
        begins = re.search(r"from line (\d+) on", text_of([shown]))
        assert begins
        first = int(begins[1])
        answer = await read_file(connection, at, SMALL, "papers/long.pdf", first_line=first)
        end = await read_file(connection, at, SMALL, "papers/long.pdf", first_line=5_000)

    assert answer.startswith(f"Line {first} of it\n")
    assert "read on with first_line" in answer
    assert estimate_tokens([answer]) <= SMALL.usable // 4
    assert end.startswith("Line 5000 of it\n")


async def test_the_pages_of_a_scan_can_be_looked_at_whoever_it_came_with(at: ToolContext) -> None:
    build, content = at.build, scan(pages=1, side=60)
    async with at.lease.transaction() as connection:
        change = await add_request_row(connection, USER, 1)
        await send(connection, at, change, "papers/menu.pdf", "", pages=4, content=content)
        await send(connection, at, change, "papers/book.pdf", "", pages=20, content=b"%PDF-")
        looked = await read_file(connection, at, LARGE, "papers/menu.pdf")
        refused = await read_file(connection, at, SMALL, "papers/book.pdf")
        use: Any = {"type": "tool_result", "tool_use_id": "toolu_1", "content": looked}
        shown = await inline_media(
            connection,
            [{"role": "user", "content": [use]}],
            request_id=build.request_id,
            project_id=build.project_id,
            with_request_pictures=False,
        )

    assert [block["type"] for block in looked] == ["text", "document"]
    assert refused == "(It is a scan of 20 pages, for which this conversation has no room.)"
    (answered,) = shown.messages[0]["content"]
    _, revealed = blocks_in(answered)
    assert inlined(revealed) == (PDF, content)
    assert shown.paper_tokens == shown_tokens([use]) > 0


async def test_of_earlier_scans_a_short_one_is_shown_and_of_a_long_one_it_is_said_how_to_look(
    at: ToolContext,
) -> None:
    async with at.lease.transaction() as connection:
        earlier = await add_request_row(connection, USER, 1)
        await send(connection, at, earlier, "papers/card.pdf", "", pages=2, content=b"%PDF-card")
        await send(connection, at, earlier, "papers/book.pdf", "", pages=9, content=b"%PDF-book")
        shown = await papers_shown(connection, at.build, LARGE, takes_over=True)
        told = await papers_told(connection, at.build, LARGE)

    assert [block["title"] for block in shown if block["type"] == "document"] == ["papers/card.pdf"]
    assert "=== papers/book.pdf (9 pages)\n(It is a scan" in text_of(shown)
    assert "`read_file`" in text_of(shown)
    assert "=== papers/card.pdf (2 pages)\n(It is a scan" in told


async def read_file(
    connection: AsyncConnection, at: ToolContext, budget: WorkingBudget, path: str, **lines: int
) -> Any:
    """What the tool gives of a file."""
    read = next(tool for tool in READ_TOOLS if tool.name == "read_file")
    context = TransactionContext(
        connection=connection,
        budget=budget,
        project_id=at.build.project_id,
        request_id=at.build.request_id,
        sites_base_url="",
    )
    assert isinstance(read.runs, InTransaction)
    return await read.runs.function(context, read.arguments({"path": path, **lines}))


def working(at: ToolContext) -> Assignment:
    async def finish(_: object, answer: str) -> Outcome:
        return None

    return Assignment(
        services=at.services,
        lease=at.lease,
        build=at.build,
        spec=FRONTEND,
        opening=None,
        finish=finish,
    )
