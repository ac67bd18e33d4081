"""Forgetting a user: nothing about them is kept, and the books of all together stay right."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.intake.forget_user import forget_user
from bot.languages.user_locale import note_requested
from bot.memory.facts import remember
from bot.model.budgets import BudgetLimits, reserved
from bot.projects.projects import create_project
from tests.budgets import settle
from tests.users import add_request, add_user, add_words

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

ANNA, BEN = "a" * 32, "b" * 32
LIMITS = BudgetLimits(request=Decimal(5), user_day=Decimal(20), total_day=Decimal(100))


@pytest.fixture
async def users(pool: Pool) -> Pool:
    async with pool.connection() as connection:
        for user_id in (ANNA, BEN):
            await add_user(connection, user_id)
    return pool


async def say_a_lot(connection: AsyncConnection, user_id: str) -> None:
    """Leave a trace of each kind."""
    project = await create_project(connection, user_id=user_id, title="Cakes")
    request_id = await add_request(connection, user_id, project.project_id, "Build me a cake shop")
    await remember(connection, user_id, ["I am Anna, a baker"])
    await note_requested(connection, user_id, "de")
    for statement in (
        "INSERT INTO doubt (user_id, request_id, body, kind)"
        " VALUES (%(user_id)s, %(request_id)s, 'maybe a poll', 'new_build')",
        "INSERT INTO stop_order (user_id, said_at) VALUES (%(user_id)s, now())",
        "INSERT INTO attachment (message_sid, number, user_id, path, content_type, content,"
        " sha256) SELECT message_sid, 0, user_id, 'cake.png', 'image/png', '', ''"
        " FROM inbound_message WHERE request_id = %(request_id)s",
        "INSERT INTO user_address VALUES ('key of ' || %(user_id)s, %(user_id)s, true, now())",
        "INSERT INTO known_as VALUES ('external key of ' || %(user_id)s, %(user_id)s)",
        "INSERT INTO calls_of_day VALUES (current_date - 500, %(user_id)s, NULL, 'm', 1, 1, 1, 0,"
        " 0, 1, 0)",
        "UPDATE contact SET current_project_id = (SELECT project_id FROM project"
        " WHERE user_id = %(user_id)s) WHERE user_id = %(user_id)s",
    ):
        await connection.execute(statement.encode(), {"user_id": user_id, "request_id": request_id})


async def tables_about(connection: AsyncConnection, user_id: str) -> set[str]:
    """The tables that name the user."""
    cursor = await connection.execute(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND column_name = 'user_id' AND table_type = 'BASE TABLE'"
    )
    found = set()
    for (name,) in await cursor.fetchall():
        query = f'SELECT 1 FROM "{name}" WHERE user_id = %s LIMIT 1'.encode()
        if await (await connection.execute(query, [user_id])).fetchone():
            found.add(name)
    return found


async def test_only_what_the_goodbye_needs_is_left(users: Pool) -> None:
    async with users.connection() as connection:
        await say_a_lot(connection, ANNA)
        await say_a_lot(connection, BEN)
        before = await tables_about(connection, ANNA)
        goodbye = await add_words(connection, ANNA, "delete everything")
        await forget_user(connection, ANNA, goodbye)

        assert await tables_about(connection, ANNA) == {"contact", "request", "inbound_message"}
        assert await tables_about(connection, BEN) == before
        assert {"remembered", "doubt", "stop_order", "attachment", "calls_of_day"} <= before


async def test_the_contact_is_as_if_they_had_never_written(users: Pool) -> None:
    columns = "language, language_is_requested, current_project_id, conversation_id"
    query = f"SELECT {columns} FROM contact WHERE user_id = %s".encode()
    async with users.connection() as connection:
        await say_a_lot(connection, ANNA)
        before = await (await connection.execute(query, [ANNA])).fetchone()
        await forget_user(connection, ANNA, await add_words(connection, ANNA, "delete me"))
        after = await (await connection.execute(query, [ANNA])).fetchone()

    assert before
    assert after
    assert before[0] == "de"
    assert after[:3] == (None, False, None)
    assert after[3] != before[3]


async def test_a_call_under_way_is_booked_when_it_ends_and_on_nobody(users: Pool) -> None:
    ben = reserved(users, LIMITS, request_id=uuid4(), user_id=BEN, amount=Decimal(3))
    await ben.__aenter__()
    anna = [
        reserved(users, LIMITS, request_id=uuid4(), user_id=ANNA, amount=Decimal(amount))
        for amount in (1, 2)
    ]
    held = [await call.__aenter__() for call in anna]
    await forget(users, ANNA)

    (total,) = [account for account in await accounts(users) if account.startswith("total:")]
    assert (await accounts(users))[total] == (Decimal(6), Decimal(0))
    async with users.connection() as connection:
        for reservation in held:
            await settle(connection, reservation, Decimal("0.5"))
    for call in anna:
        await call.__aexit__(None, None, None)
    balances = await accounts(users)
    assert balances[total] == (Decimal(3), Decimal(1))
    assert not [account for account in balances if ANNA in account]
    (kept,) = [name for name in balances if name.startswith("user:") and BEN not in name]
    assert balances[kept] == (Decimal(0), Decimal(1))
    await ben.__aexit__(None, None, None)
    assert (await accounts(users))[total] == (Decimal(0), Decimal(1))


async def forget(pool: Pool, user_id: str) -> UUID:
    async with pool.connection() as connection:
        request_id = await add_words(connection, user_id, "delete everything")
        await forget_user(connection, user_id, request_id)
    return request_id


async def accounts(pool: Pool) -> dict[str, tuple[Decimal, Decimal]]:
    """What is reserved and spent, by account."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT account, reserved, spent FROM budget_account")
        return {account: (held, spent) for account, held, spent in await cursor.fetchall()}
