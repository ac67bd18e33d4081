"""Which builds hang, and that whoever held one can write no more."""

from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from bot.builds.lease import Lease
from bot.workflows.stalled_builds import free_lanes, take_up_stalled
from tests.integration.delivery_stage import Pool

pytestmark = pytest.mark.anyio

OLD = "now() - interval '1 hour'"


async def held_build(connection: AsyncConnection) -> UUID:
    """A build whose job runs, and of which nothing has come on since long."""
    request_id, project_id, build_id = uuid4(), uuid4(), uuid4()
    for statement, values in (
        (
            "INSERT INTO contact (user_id, platform, address_encrypted)"
            " VALUES ('ada', 'whatsapp', '') ON CONFLICT DO NOTHING",
            [],
        ),
        (
            "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id,"
            " span_id, request_length) VALUES (%s, 'ada', %s, 'whatsapp', 't', 's', 1)",
            [request_id, uuid4()],
        ),
        (
            "INSERT INTO project (project_id, user_id, title, site_token)"
            " VALUES (%s, 'ada', 'Shop', %s)",
            [project_id, uuid4().hex],
        ),
        (
            "INSERT INTO build (build_id, request_id, project_id, user_id, request_text)"
            " VALUES (%s, %s, %s, 'ada', 'a shop')",
            [build_id, request_id, project_id],
        ),
        (
            "SELECT enqueue_job('build', 'run_build', %s,"
            " jsonb_build_object('build_id', %s::text))",
            [f"project:{project_id}", str(build_id)],
        ),
        ("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'", []),
    ):
        await connection.execute(statement.encode(), values)
    return build_id


async def age(connection: AsyncConnection) -> None:
    await connection.execute(
        f"UPDATE build SET taken_at = {OLD}, phase_started_at = {OLD}".encode()
    )


async def jobs(connection: AsyncConnection) -> list[tuple[str, int]]:
    cursor = await connection.execute("SELECT status::text, attempts FROM procrastinate_jobs")
    return [(str(status), int(attempts)) for status, attempts in await cursor.fetchall()]


async def test_a_build_that_hangs_changes_hands(pool: Pool) -> None:
    async with pool.connection() as connection:
        build_id = await held_build(connection)
    hung = Lease(pool, build_id)
    assert await hung.acquire() is not None
    async with pool.connection() as connection:
        assert await take_up_stalled(connection, after=600) == 0  # it was taken just now
        await age(connection)

        assert await take_up_stalled(connection, after=600) == 1
        assert await jobs(connection) == [("todo", 1)]
        assert await take_up_stalled(connection, after=600) == 0
    assert await hung.is_lost()
    assert await Lease(pool, build_id).acquire() is not None
    assert await hung.is_lost()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE build SET waits_until = now() + interval '1 hour'",
        "UPDATE build SET owner = NULL, status = 'queued'",
        "UPDATE build SET owner = NULL, status = 'stopped', ended_at = now()",
        "UPDATE procrastinate_jobs SET status = 'todo'",
        "INSERT INTO model_call (request_id, user_id, operation, model, outcome, input_tokens,"
        " output_tokens, cache_creation_tokens, cache_read_tokens)"
        " SELECT request_id, 'ada', 'plan', 'm', 'end_turn', 1, 1, 0, 0 FROM build",
    ],
    ids=["waits for its person", "queued", "stopped", "to be taken up", "a call has ended"],
)
async def test_a_build_that_waits_or_comes_on_does_not_hang(pool: Pool, change: str) -> None:
    async with pool.connection() as connection:
        build_id = await held_build(connection)
    await Lease(pool, build_id).acquire()
    async with pool.connection() as connection:
        await age(connection)
        await connection.execute(change.encode())

        assert await take_up_stalled(connection, after=600) == 0


STOPPED = "UPDATE build SET owner = NULL, status = 'stopped', ended_at = "
TAKEN_UP = "UPDATE build SET owner = NULL, status = 'queued', ended_at = NULL"


@pytest.mark.parametrize("change", [STOPPED + OLD, TAKEN_UP], ids=["stopped", "taken up again"])
async def test_a_run_that_does_not_end_when_it_is_stopped_frees_its_app(
    pool: Pool, change: str
) -> None:
    async with pool.connection() as connection:
        build_id = await held_build(connection)
    await Lease(pool, build_id).acquire()
    async with pool.connection() as connection:
        await connection.execute(change.encode())
        assert await free_lanes(connection) == 0  # its job was begun just now
        await connection.execute(f"UPDATE procrastinate_events SET at = {OLD}".encode())

        assert await free_lanes(connection) == 1
        assert await jobs(connection) == [("todo", 1)]
        assert await free_lanes(connection) == 0


@pytest.mark.parametrize("change", ["", STOPPED + "now()"], ids=["it runs", "stopped just now"])
async def test_a_run_that_may_still_end_keeps_its_job(pool: Pool, change: str) -> None:
    async with pool.connection() as connection:
        build_id = await held_build(connection)
    await Lease(pool, build_id).acquire()
    async with pool.connection() as connection:
        await connection.execute(f"UPDATE procrastinate_events SET at = {OLD}".encode())
        if change:
            await connection.execute(change.encode())

        assert await free_lanes(connection) == 0
        assert await jobs(connection) == [("doing", 0)]


async def test_a_run_whose_build_has_come_to_wait_for_its_user_is_no_hung_one(pool: Pool) -> None:
    async with pool.connection() as connection:
        build_id = await held_build(connection)
    await Lease(pool, build_id).acquire()
    async with pool.connection() as connection:
        await connection.execute(f"UPDATE procrastinate_events SET at = {OLD}".encode())
        await connection.execute(
            "UPDATE build SET owner = NULL, waits_until = now() + interval '1 hour'"
        )
        assert await free_lanes(connection) == 0
