"""Random messages at random moments of a build that crashes and hands over.

Each is read by exactly one turn of the agent that owns the code, in order, and stands in the
document that goes on from there; what comes too late is the next build's, in order as well.
"""

import json
import os
import random
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from bot.builds.change_requests import add_change
from tests.integration.test_crew_killed_everywhere import USER, Trial, trial

__all__ = ["trial"]  # the fixture

LIVES = int(os.environ.get("RANDOM_LIVES", "6"))
KILLS, SPAN = 5, 14  # times a process dies, after at most so many things that it stored


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.anyio
async def test_each_change_is_applied_once_and_in_order(trial: Trial, database_url: str) -> None:
    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        for seed in range(LIVES):
            await live(trial, connection, random.Random(seed))


async def live(trial: Trial, connection: AsyncConnection, dice: random.Random) -> None:
    """One build: it is killed again and again, and its user writes in between."""
    build_id = trial.new_build()
    said: list[str] = []
    when: dict[str, str | None] = {}
    for _ in range(KILLS):
        for _ in range(dice.randint(0, 2)):
            words = f"Change the title to T{len(said)}"
            when[words] = await say(connection, build_id, words)
            said.append(words)
        if trial.run(build_id, dice.randint(1, SPAN))[0] == "done":
            break
    assert trial.run(build_id)[0] == "done"

    now = [words for words in said if when[words] == "now"]
    late = said[len(now) :]
    assert [words for words in late if when[words] == "now"] == [], "what is late stays late"
    assert await read_by_agents(connection, build_id) == now
    assert await in_documents(connection, build_id) == now
    if not now:
        assert trial.outcome(build_id).status == "completed"
    for following in await following_builds(connection, build_id):
        assert trial.run(following)[0] == "done"
        assert await all_of(connection, following) == late


async def say(connection: AsyncConnection, build_id: UUID, words: str) -> str | None:
    """What the conversation job does with a change."""
    request_id = uuid4()
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length, request_type, status)"
            " VALUES (%s, %s, gen_random_uuid(), 'whatsapp', %s, %s, 1, 'change', 'working')",
            [request_id, USER, uuid4().hex, uuid4().hex[:16]],
        )
        cursor = await connection.execute(
            "SELECT project_id FROM build WHERE build_id = %s", [build_id]
        )
        row = await cursor.fetchone()
        assert row is not None
        return await add_change(
            connection, project_id=row[0], user_id=USER, request_id=request_id, body=words
        )


async def read_by_agents(connection: AsyncConnection, build_id: UUID) -> list[str]:
    """What stands in `<change>` in the turns of the build's agents, in order."""
    cursor = await connection.execute(
        "SELECT turn.results FROM turn JOIN agent USING (agent_id) JOIN build USING (request_id)"
        " WHERE build_id = %s AND agent_type = 'frontend' AND turn.results IS NOT NULL"
        " ORDER BY version, number",
        [build_id],
    )
    return [
        block["text"].partition("<change>\n")[2].partition("\n</change>")[0]
        for (results,) in await cursor.fetchall()
        for block in json.loads(results)
        if block["type"] == "text" and "<change>" in block["text"]
    ]


async def in_documents(connection: AsyncConnection, build_id: UUID) -> list[str]:
    """The user's words behind the request, in the last document of the build."""
    cursor = await connection.execute(
        "SELECT document -> 'messages' FROM handoff JOIN build USING (request_id)"
        " WHERE build_id = %s ORDER BY handoff.created_at DESC LIMIT 1",
        [build_id],
    )
    row = await cursor.fetchone()
    assert row is not None
    return list(row[0][1:])


async def following_builds(connection: AsyncConnection, build_id: UUID) -> list[UUID]:
    cursor = await connection.execute(
        "SELECT later.build_id FROM build JOIN build AS later USING (project_id)"
        " WHERE build.build_id = %s AND later.build_id <> build.build_id ORDER BY later.created_at",
        [build_id],
    )
    return [row[0] for row in await cursor.fetchall()]


async def all_of(connection: AsyncConnection, build_id: UUID) -> list[str]:
    """A build's request and what its agents have read."""
    cursor = await connection.execute(
        "SELECT request_text FROM build WHERE build_id = %s", [build_id]
    )
    row = await cursor.fetchone()
    assert row is not None
    return [row[0], *await read_by_agents(connection, build_id)]
