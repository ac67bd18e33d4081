"""Lasting facts about a user, which they stated: kept, listed, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row

from bot.languages.normalize import words
from bot.markup.shortening import one_line, shorten
from telemetry.named_sql import statements

SQL = statements("bot.memory", "facts.sql")

MOST = 100  # facts of one user
FACT_LIMIT = 200  # characters
AT_ONCE = 3  # facts from one message
_ENOUGH = 0.6  # of the words of what shall be forgotten
_TELLING = 3  # characters; shorter words say little


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
    """All that is remembered of a user, oldest first."""
    async with connection.cursor(row_factory=class_row(Fact)) as cursor:
        await cursor.execute(SQL["list_facts"], {"user_id": user_id})
        return await cursor.fetchall()


async def forget_facts(connection: AsyncConnection, user_id: str, facts: Sequence[Fact]) -> None:
    """Delete them."""
    ids = [fact.remembered_id for fact in facts]
    await connection.execute(SQL["forget_facts"], {"user_id": user_id, "ids": ids})


def meant(facts: Sequence[Fact], said: str) -> list[Fact]:
    """The facts that are meant, by their number in the list or by most of their words."""
    if said.strip().isdecimal():
        number = int(said)
        return [facts[number - 1]] if 1 <= number <= len(facts) else []
    wanted = {word for word in words(said) if len(word) >= _TELLING}
    return [
        fact
        for fact in facts
        if wanted and len(wanted & set(words(fact.fact))) >= _ENOUGH * len(wanted)
    ]
