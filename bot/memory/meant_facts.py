"""Which facts a user means who wants some deleted: by their numbers, or by most of their words."""

import re
from collections.abc import Sequence

from psycopg import AsyncConnection

from bot.languages.normalize import folded, number_in, words
from bot.memory.facts import Fact
from telemetry.named_sql import statements

SQL = statements("bot.memory", "meant_facts.sql")

_ENOUGH = 0.6  # of the words of what shall be forgotten
_TELLING = 3  # characters; shorter words say little, and so do these:
_LITTLE = frozenset(
    words("""
    all and any both but everything for from not one that the them these this those was with you
    alle alles auch beide bis das dass dem den der des die dies ein eine für ist mit nicht oder und
    avec cela des est les par pas pour que qui tous tout toutes une
    con del eso esto las los para por que todo todos una uno
    com isso isto não para por que todas tudo uma
    dan dari dengan ini itu semua untuk yang
    और कि यह वह सब है
    كل هذا هذه ذلك من عن في
    """)
)
_AND = frozenset(words("and und et y e dan aur और و"))
_BETWEEN = re.compile(r"[\s,;&+#،]+")
_LISTED = re.compile(r"^\u200f*(\d+)\. \u2068?(.*?)\u2069?$", re.M)  # marks of direction, in Arabic


def numbers_in(said: str) -> list[int]:
    """The numbers that were said, if nothing else was: "1, 2 and 4"; else none.

    Arabic writes its "and" as one word with what follows.
    """
    parts = [part for one in _BETWEEN.split(said) if (part := folded(one)) and part not in _AND]
    numbers = [number_in(part.removeprefix("و")) for part in parts]
    known = {one for one in numbers if one is not None}
    return [] if None in numbers else sorted(known)


def meant_by_words(facts: Sequence[Fact], said: str) -> list[Fact]:
    """The facts that have most of the words; a number is one of them."""
    telling = (word for word in words(said) if len(word) >= _TELLING or word.isdecimal())
    wanted = {word for word in telling if word not in _LITTLE}
    return [
        fact
        for fact in facts
        if wanted and len(wanted & set(words(fact.fact))) >= _ENOUGH * len(wanted)
    ]


async def meant_by_numbers(
    connection: AsyncConnection,
    user_id: str,
    message_sid: str,
    *,
    facts: Sequence[Fact],
    numbers: Sequence[int],
) -> list[Fact]:
    """The facts that had these numbers in the list that the user had read when they wrote that.

    None where they had read none, or one of the numbers was not in it or is of none of the `facts`
    that there still are.
    """
    known = {fact.fact: fact for fact in facts}
    cursor = await connection.execute(
        SQL["told_before"], {"user_id": user_id, "message_sid": message_sid}
    )
    async for (told,) in cursor:
        listed = {
            int(number): known[fact] for number, fact in _LISTED.findall(told) if fact in known
        }
        if listed:
            return [listed[one] for one in numbers] if listed.keys() >= set(numbers) else []
    return []
