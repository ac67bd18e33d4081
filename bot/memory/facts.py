"""Lasting facts about a user, which they stated: kept, listed, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.markup.shortening import one_line, shorten
from telemetry.named_sql import statements

SQL = statements("bot.memory", "facts.sql")

MOST = 100  # facts of one user
FACT_LIMIT = 200  # characters
AT_ONCE = 3  # facts from one message


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is known of a user."""

    remembered_id: int
    fact: str


async def remember(connection: AsyncConnection, user_id: str, facts: Sequence[str]) -> None:
    """Keep what a message states; what is known already is only brought forward."""
    for fact in facts[:AT_ONCE]:
        if plain := shorten(one_line(fact), FACT_LIMIT):
            await connection.execute(SQL["remember"], {"user_id": user_id, "fact": plain})
            await connection.execute(SQL["keep_newest"], {"user_id": user_id, "most": MOST})


async def list_facts(connection: AsyncConnection, user_id: str) -> list[Fact]:
    """All that is remembered of a user, by when they first said it."""
    async with connection.cursor(row_factory=class_row(Fact)) as cursor:
        await cursor.execute(SQL["list_facts"], {"user_id": user_id})
        return await cursor.fetchall()


async def forget_facts(connection: AsyncConnection, user_id: str, facts: Sequence[Fact]) -> None:
    """Delete them."""
    ids = [fact.remembered_id for fact in facts]
    await connection.execute(SQL["forget_facts"], {"user_id": user_id, "ids": ids})
