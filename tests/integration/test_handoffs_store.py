"""Stored handoffs: listed by every filter, refused when damaged, gone with their user."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from handoffs.errors import InvalidDocument, UnknownHandoff
from handoffs.lifecycle import (
    TerminationReason,
    agents_of_request,
)
from handoffs.store import (
    HandoffFilter,
    list_handoffs,
    load_handoff,
    save_handoff,
)
from tests.integration.handoff_stage import (
    FULL,
    Pool,
    a_user,
    hand_over,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[AsyncConnection]:
    async with pool.connection() as opened:
        yield opened


async def test_handoffs_are_listed_newest_first_by_every_filter(
    connection: AsyncConnection,
) -> None:
    ann, bob = await a_user(connection), await a_user(connection)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    first = await hand_over(connection, ann, created_at=noon)
    second = await hand_over(connection, ann, created_at=noon + timedelta(hours=1))
    third = await hand_over(connection, bob, created_at=noon + timedelta(hours=2))

    async def found(**which: Any) -> list[UUID]:
        return [row.handoff_id for row in await list_handoffs(connection, HandoffFilter(**which))]

    one, two, three = (handoff.document.handoff_id for handoff in (first, second, third))
    assert await found() == [three, two, one]
    assert await found(user_id=ann.user_id) == [two, one]
    assert await found(request_id=bob.request_id) == [three]
    assert await found(agent_type="frontend", user_id=bob.user_id) == [three]
    assert await found(agent_type="designer") == []
    assert await found(reason=TerminationReason.CONTEXT_WINDOW_EXHAUSTED) == [three, two, one]
    assert await found(reason=TerminationReason.TIMEOUT) == []
    assert await found(since=noon + timedelta(hours=1)) == [three, two]
    assert await found(until=noon + timedelta(hours=1)) == [one]
    [newest] = await list_handoffs(connection, HandoffFilter(), limit=1)
    assert newest.source_agent_id == third.source.agent_id
    assert newest.tokens_used == FULL.total
    assert newest.size_kb == round(len(third.document.to_json().encode()) / 1024, 2)


async def test_a_handoff_that_is_not_there_and_one_without_a_target_are_refused(
    connection: AsyncConnection,
) -> None:
    with pytest.raises(UnknownHandoff, match="There is no handoff"):
        await load_handoff(connection, uuid4())
    user = await a_user(connection)
    document = (await hand_over(connection, user)).document
    with pytest.raises(InvalidDocument, match="target_agent: is missing"):
        await save_handoff(connection, document.model_copy(update={"target_agent": None}))


async def test_a_damaged_document_names_its_field_and_stays_stored(
    connection: AsyncConnection,
) -> None:
    user = await a_user(connection)
    handoff_id = (await hand_over(connection, user)).document.handoff_id
    await connection.execute(
        "UPDATE handoff SET document = document - 'messages' WHERE handoff_id = %s", [handoff_id]
    )
    with pytest.raises(InvalidDocument, match="messages: Field required"):
        await load_handoff(connection, handoff_id)
    assert len(await list_handoffs(connection, HandoffFilter())) == 1


async def test_whoever_is_forgotten_leaves_no_agent_and_no_handoff(
    connection: AsyncConnection,
) -> None:
    ann, bob = await a_user(connection), await a_user(connection)
    for user in (ann, ann, bob):
        await hand_over(connection, user)
    await connection.execute("DELETE FROM contact WHERE user_id = %s", [ann.user_id])
    assert not await agents_of_request(connection, ann.request_id)
    assert await agents_of_request(connection, bob.request_id)
    rows = await list_handoffs(connection, HandoffFilter())
    assert {row.user_id for row in rows} == {bob.user_id}
