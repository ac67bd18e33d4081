"""How many statements the product needs: for a turn of an agent, and to read a message."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from werkzeug.datastructures import MultiDict

from bot.database.connection import database_url
from bot.database.pools import async_connection_pool
from bot.intake.accept import accept
from bot.intake.conversation import read_message
from bot.sandbox.claude.server import FakeClaude
from bot.settings.groups import Settings
from bot.workflows.orchestrator import run_build
from telemetry.named_sql import name_of
from telemetry.sql import AsyncTracedCursor, TracedCursor
from tests.integration.crew_stage import claimed_build
from tests.integration.dialogue_stage import Pool, dialogue_stage
from tests.integration.twilio_forms import message_fields
from tests.settings import changed

pytestmark = pytest.mark.anyio

MOST_A_TURN = 9
MOST_A_READING = 9

asked: list[str] = []  # the names of the statements, in their order


class Counting(TracedCursor[Any]):
    """Notes each statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "Counting":
        asked.append(name_of(query))
        super().execute(query, params, **options)
        return self


class AsyncCounting(AsyncTracedCursor[Any]):
    """The same for asyncio."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> "AsyncCounting":
        asked.append(name_of(query))
        await super().execute(query, params, **options)
        return self


@pytest.fixture
async def counting_pool(settings: Settings, anyio_backend: str) -> AsyncIterator[Pool]:
    """A pool whose statements are noted."""
    pool = async_connection_pool(database_url(settings), max_size=8)
    assert isinstance(pool.kwargs, dict)
    pool.kwargs["cursor_factory"] = AsyncCounting
    async with pool:
        asked.clear()
        yield pool


async def test_a_turn_that_writes_a_file(counting_pool: Pool, settings: Settings) -> None:
    """From the look whether the build is still its own to the next such look."""
    with FakeClaude() as claude:
        known = changed(settings, ANTHROPIC_BASE_URL=claude.url)
        async with claimed_build(counting_pool, known) as at:
            async with counting_pool.connection() as connection:
                await connection.execute("DELETE FROM workspace_file")
                await connection.execute(
                    "UPDATE build SET request_text = 'Build a counter step by step'"
                )
            await run_build(at.services, at.build.build_id)

    turns = [
        asked[first:last]
        for first, last in pairwise(i for i, name in enumerate(asked) if name == "is_owner")
    ]
    # What else a turn may do; of a call that takes long it is noted what it has used so far.
    more = {"close_list", "keep_decision", "note_usage"}
    writing = [turn for turn in turns if "put_file" in turn and not more & set(turn)]
    assert len(writing) > 1
    assert [turn for turn in writing if len(turn) > MOST_A_TURN] == []


async def test_a_message_that_is_read(counting_pool: Pool, settings: Settings) -> None:
    """From the webhook to the call of the model that reads it."""
    async with dialogue_stage(counting_pool, settings) as stage:
        await stage.say("Hello, how are you?")
        known = stage.services.settings
        fields = message_fields(known, From=stage.address, Body="Build me a counter")
        form = MultiDict((name, str(value)) for name, value in fields.items())
        asked.clear()
        with psycopg.connect(
            database_url(known), autocommit=True, cursor_factory=Counting
        ) as connection:
            accept(connection, known.identity, form)
        await read_message(stage.services, form["MessageSid"], is_last=lambda error: True)

    until_asked = asked[: asked.index("reserve") + 1]
    assert until_asked[0] == "accept_message"
    assert len(until_asked) <= MOST_A_READING, until_asked
