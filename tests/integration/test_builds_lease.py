"""Work ends with the right to do it, and always ends, however many builds share the connections."""

import asyncio
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.builds.lease import Lease
from bot.builds.ownership_watch import OwnershipWatch, while_leased
from bot.errors import OwnershipLost
from bot.settings.groups import Settings
from tests.integration.dialogue_stage import dialogue_stage
from tests.users import insert_user

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]
BUILDS, CALLS = 50, 30


def make_builds(url: str, count: int) -> list[UUID]:
    """So many builds that wait for a run."""
    builds = []
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(count):
            user, request_id = uuid4().hex, uuid4()
            insert_user(connection, user)
            connection.execute(
                "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
                " span_id, request_length)"
                " VALUES (%s, %s, gen_random_uuid(), 'whatsapp', %s, %s, 1)",
                [request_id, user, uuid4().hex, uuid4().hex[:16]],
            )
            row = connection.execute(
                "WITH made AS (INSERT INTO project (user_id, title, site_token)"
                " VALUES (%(user)s, 'New', %(token)s) RETURNING project_id)"
                " INSERT INTO build (request_id, project_id, user_id, request_text)"
                " SELECT %(request)s, project_id, %(user)s, 'x' FROM made RETURNING build_id",
                {"user": user, "token": uuid4().hex, "request": request_id},
            ).fetchone()
            assert row is not None
            builds.append(UUID(str(row[0])))
    return builds


@pytest.mark.lengthy
async def test_many_builds_on_few_connections_all_end(database_url: str, pool: Pool) -> None:
    watch = OwnershipWatch(pool)
    answers, chance = [], Random(7)

    async def answer() -> None:
        # Ends at any moment of a look at the database, also when that is handed a connection.
        await asyncio.sleep(chance.uniform(0, 0.05))
        answers.append(1)

    async def build(build_id: UUID) -> None:
        lease = Lease(pool, build_id)
        assert await lease.acquire()
        for _ in range(CALLS):
            await while_leased(lease, watch, answer())

    async with asyncio.timeout(120):
        await asyncio.gather(*map(build, make_builds(database_url, BUILDS)))

    assert len(answers) == BUILDS * CALLS


async def test_a_build_keeps_the_language_of_its_first_run_also_where_none_was_shown(
    database_url: str, pool: Pool
) -> None:
    languages: list[str | None] = [None, "es", "ar"]
    builds = make_builds(database_url, len(languages))
    for build_id, language in zip(builds, languages, strict=True):
        first, after = Lease(pool, build_id), Lease(pool, build_id)
        async with pool.connection() as connection:
            await connection.execute("UPDATE contact SET language = %s", [language])
        begun = await first.acquire()
        async with pool.connection() as connection:
            await connection.execute("UPDATE contact SET language = 'de'")
        goes_on = await after.acquire()
        assert begun
        assert goes_on
        assert begun.first_language == goes_on.first_language == (language or "en")


@pytest.mark.lengthy
async def test_what_is_queued_behind_a_question_begins_only_behind_what_that_is_about(
    pool: Pool, settings: Settings
) -> None:
    async with dialogue_stage(pool, settings) as stage:
        await stage.say("Build me a todo app")
        await stage.rows("UPDATE build SET takes_changes = false")
        await stage.rows("UPDATE procrastinate_jobs SET status = 'succeeded'")
        await stage.say("make the title larger")
        asked = await stage.asks_for_the_crew("Build me a todo app", "Red", "Blue")
        await stage.tap(asked, "Blue")  # before a worker came to the job of the change

        jobs = await stage.rows(
            "SELECT request_text, build_id FROM procrastinate_jobs"
            " JOIN build ON build_id = (args ->> 'build_id')::uuid"
            " WHERE task_name = 'run_build' AND procrastinate_jobs.status = 'todo' ORDER BY id"
        )
        texts = [job["request_text"] for job in jobs]
        assert texts == ["make the title larger", "Build me a todo app", "make the title larger"]
        assert await Lease(pool, jobs[0]["build_id"]).acquire() is None
        assert await Lease(pool, jobs[1]["build_id"]).acquire()


async def test_work_ends_when_another_run_takes_the_build(database_url: str, pool: Pool) -> None:
    (build_id,) = make_builds(database_url, 1)
    lease, other = Lease(pool, build_id), Lease(pool, build_id)
    assert await lease.acquire()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(600)

    working = asyncio.create_task(while_leased(lease, OwnershipWatch(pool), work()))
    await begun.wait()
    assert await other.acquire()

    with pytest.raises(OwnershipLost):
        await asyncio.wait_for(working, 60)


async def test_one_statement_looks_at_all_builds(database_url: str, pool: Pool) -> None:
    watch = OwnershipWatch(pool)
    claims = [Lease(pool, build_id) for build_id in make_builds(database_url, 3)]
    for lease in claims:
        assert await lease.acquire()
    waiting = [asyncio.create_task(watch.until_lost(lease.owner)) for lease in claims]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE build SET status = 'stopped'")

    await asyncio.wait_for(asyncio.gather(*waiting), 60)


async def test_whoever_waits_hears_that_the_watcher_has_died(
    database_url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (build_id,) = make_builds(database_url, 1)
    lease, watch = Lease(pool, build_id), OwnershipWatch(pool)
    assert await lease.acquire()

    async def fall(_watch: OwnershipWatch, _owners: list[UUID]) -> set[UUID]:
        raise ValueError("an answer that nobody expected")

    monkeypatch.setattr(OwnershipWatch, "_owning", fall)
    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="nobody expected"):
            await while_leased(lease, watch, asyncio.sleep(600))

    monkeypatch.undo()
    async with asyncio.timeout(60):  # and the next one who waits is watched over again
        await while_leased(lease, watch, asyncio.sleep(0.01))
