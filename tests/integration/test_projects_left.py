"""What visitors left, cleared and brought back: one time after the other, within bounds."""

from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.collections import visitor_data
from bot.collections.document import make_document_id
from bot.collections.visitor_data import (
    ask_to_clear,
    can_restore,
    clear,
    count_documents,
    may_be_cleared,
    restore,
)
from bot.errors import DocumentRefused
from bot.projects.projects import create_project
from tests.users import add_user, add_words

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

OWNER = "a" * 32
KEPT = timedelta(days=30)


@pytest.fixture
async def project_id(pool: Pool) -> UUID:
    async with pool.connection() as connection:
        await add_user(connection, OWNER)
        return (await create_project(connection, user_id=OWNER, title="Poll")).project_id


async def leave(pool: Pool, project_id: UUID, *collections: str) -> None:
    async with pool.connection() as connection:
        for collection in collections:
            await connection.execute(
                "INSERT INTO document (project_id, collection, document_id, data, size, author_key)"
                " VALUES (%s, %s, %s, '{\"n\": 1}', 8, 'k')",
                [project_id, collection, make_document_id()],
            )


async def counted(pool: Pool, project_id: UUID) -> dict[str, int]:
    async with pool.connection() as connection:
        return (await count_documents(connection, project_id)).counts


async def cleared(pool: Pool, project_id: UUID) -> int:
    async with pool.connection() as connection:
        return await clear(connection, project_id)


async def restored(pool: Pool, project_id: UUID) -> int:
    async with pool.connection() as connection:
        return await restore(connection, project_id, KEPT)


async def test_what_was_cleared_comes_back_as_it_was(pool: Pool, project_id: UUID) -> None:
    every = "SELECT * FROM document ORDER BY document_id"
    await leave(pool, project_id, "votes", "votes", "notes")
    async with pool.connection() as connection:
        before = await (await connection.execute(every)).fetchall()

    assert await cleared(pool, project_id) == 3
    assert await counted(pool, project_id) == {}
    assert await restored(pool, project_id) == 3
    assert await restored(pool, project_id) == 0

    async with pool.connection() as connection:
        assert await (await connection.execute(every)).fetchall() == before


async def test_the_last_three_clearings_come_back_one_after_the_other(
    pool: Pool, project_id: UUID
) -> None:
    for number in range(1, 5):
        await leave(pool, project_id, *["votes"] * number)
        assert await cleared(pool, project_id) == number
        assert await cleared(pool, project_id) == 0, "that there is nothing counts as no clearing"

    assert [await restored(pool, project_id) for _ in range(4)] == [4, 3, 2, 0]
    assert await counted(pool, project_id) == {"votes": 9}


async def test_another_project_is_left_alone(pool: Pool, project_id: UUID) -> None:
    async with pool.connection() as connection:
        other = (await create_project(connection, user_id=OWNER, title="Other")).project_id
    await leave(pool, project_id, "votes")
    await leave(pool, other, "votes")
    await cleared(pool, other)

    assert await counted(pool, project_id) == {"votes": 1}
    assert await restored(pool, project_id) == 0


async def test_what_was_cleared_too_long_ago_does_not_come_back(
    pool: Pool, project_id: UUID
) -> None:
    await leave(pool, project_id, "votes")
    await cleared(pool, project_id)
    async with pool.connection() as connection:
        assert await can_restore(connection, project_id, KEPT)
        await connection.execute(
            "UPDATE cleared_document SET cleared_at = now() - interval '31 days'"
        )
        assert not await can_restore(connection, project_id, KEPT)

    assert await restored(pool, project_id) == 0


async def test_bringing_back_has_a_bound(
    pool: Pool, project_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_data, "MAX_DOCUMENTS", 2)
    await leave(pool, project_id, "votes", "votes")
    await cleared(pool, project_id)
    await leave(pool, project_id, "votes", "votes", "votes")

    with pytest.raises(DocumentRefused):
        await restored(pool, project_id)
    assert await counted(pool, project_id) == {"votes": 3}
    monkeypatch.setattr(visitor_data, "MAX_DOCUMENTS", 3)
    assert await restored(pool, project_id) == 2


async def test_the_question_is_answered_within_ten_minutes(pool: Pool, project_id: UUID) -> None:
    async with pool.connection() as connection:
        early = await add_words(connection, OWNER, "Clear it")
        assert not await may_be_cleared(connection, project_id, early)
    async with pool.connection() as connection:
        await ask_to_clear(connection, project_id)
    async with pool.connection() as connection:
        assert not await may_be_cleared(connection, project_id, early), "written before it"
        request_id = await add_words(connection, OWNER, "Clear it now")
        assert await may_be_cleared(connection, project_id, request_id)
        await connection.execute(
            "UPDATE project SET clear_asked_at = clear_asked_at - interval '11 minutes'"
        )
        assert not await may_be_cleared(connection, project_id, request_id)
