"""The sweep: builds that no job works on, agents whose build ended without them."""

from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.builds.builds import create_build
from bot.builds.lease import Lease
from bot.projects.history import restore_draft
from bot.projects.projects import create_project
from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.workflows.reaper import end_abandoned_builds, end_leftover_agents
from handoffs.lifecycle import Agent, AgentState, TerminationReason, load_agent, spawn_agent
from tests.handoff_examples import BUDGET
from tests.users import add_user

pytestmark = pytest.mark.anyio

USER = "0123456789abcdef0123456789abcdef"

Pool = AsyncConnectionPool[AsyncConnection]


async def a_build_with_an_agent(connection: AsyncConnection) -> tuple[UUID, Agent]:
    request_id = uuid4()
    await add_user(connection, USER)
    await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length) VALUES (%s, %s, gen_random_uuid(), 'whatsapp', '0', '0', 1)",
        [request_id, USER],
    )
    project = await create_project(connection, user_id=USER, title="Todo")
    await create_build(
        connection,
        request_id=request_id,
        project_id=project.project_id,
        user_id=USER,
        request_text="Build me a todo app",
    )
    agent = await spawn_agent(
        connection,
        request_id=request_id,
        user_id=USER,
        project_id=project.project_id,
        agent_type="designer",
        model="claude-sonnet-5-5",
        budget=BUDGET,
        opening="[]",
    )
    return request_id, agent


async def another_request(connection: AsyncConnection) -> UUID:
    cursor = await connection.execute(
        "INSERT INTO request (request_id, user_id, conversation_id, platform, trace_id, span_id,"
        " request_length)"
        " SELECT gen_random_uuid(), user_id, conversation_id, platform, '1', '1', 1 FROM request"
        " RETURNING request_id"
    )
    ((request_id,),) = await cursor.fetchall()
    assert isinstance(request_id, UUID)
    return request_id


async def the_project(connection: AsyncConnection) -> UUID:
    cursor = await connection.execute("SELECT project_id FROM project")
    ((project_id,),) = await cursor.fetchall()
    assert isinstance(project_id, UUID)
    return project_id


async def a_change_behind(connection: AsyncConnection) -> None:
    """Another build for the project, whose job has come and gone as all others have."""
    await create_build(
        connection,
        request_id=await another_request(connection),
        project_id=await the_project(connection),
        user_id=USER,
        request_text="In blue",
    )
    await connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")


async def test_a_build_that_its_job_brings_on_is_left_alone(pool: Pool) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)

        assert await end_abandoned_builds(connection) == 0
        assert await end_leftover_agents(connection) == 0


async def test_a_build_without_a_job_ends_and_its_agents_with_it(pool: Pool) -> None:
    async with pool.connection() as connection:
        request_id, agent = await a_build_with_an_agent(connection)
        await connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")

        assert await end_abandoned_builds(connection) == 1
        assert await end_abandoned_builds(connection) == 0
        assert await end_leftover_agents(connection) == 1

        ended = await load_agent(connection, agent.agent_id)
        assert ended is not None
        assert ended.state is AgentState.TERMINATED
        assert ended.termination_reason is TerminationReason.RESOURCE_CLEANUP
        cursor = await connection.execute(
            "SELECT request.status, body FROM request JOIN outbox USING (request_id)"
            " WHERE request_id = %s",
            [request_id],
        )
        ((status, body),) = await cursor.fetchall()
        assert status == "failed"
        assert "try again" in body


async def test_what_a_build_without_a_job_had_written_is_kept_apart(pool: Pool) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)
        project_id = await the_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "shown")
        await publish(
            connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
        )
        await workspace.write("index.html", "half")
        await connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")

        assert await end_abandoned_builds(connection) == 1

        assert await workspace.read("index.html") == "shown"


async def test_what_is_queued_behind_a_build_without_a_job_begins_with_what_is_online(
    pool: Pool,
) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)
        project_id = await the_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "shown")
        await publish(
            connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
        )
        await workspace.write("index.html", "half")
        await connection.execute("UPDATE build SET status = 'running'")
        await create_build(
            connection,
            request_id=await another_request(connection),
            project_id=project_id,
            user_id=USER,
            request_text="In blue",
        )
        await connection.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' FROM build"
            " WHERE args ->> 'build_id' = build_id::text AND build.status = 'running'"
        )
        cursor = await connection.execute("SELECT build_id FROM build WHERE status = 'queued'")
        ((behind,),) = await cursor.fetchall()
    assert await Lease(pool, behind).acquire() is None, "the other one's files are not its own"
    async with pool.connection() as connection:
        await connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")

        assert await end_abandoned_builds(connection) == 1

        assert await Workspace(connection, project_id).read("index.html") == "shown"
        cursor = await connection.execute(
            "SELECT args ->> 'build_id' FROM procrastinate_jobs"
            " WHERE task_name = 'run_build' AND status = 'todo'"
        )
        assert await cursor.fetchall() == [(str(behind),)]
    assert await Lease(pool, behind).acquire()


async def test_what_had_deleted_every_file_is_put_back_and_goes_on_without_any(pool: Pool) -> None:
    async with pool.connection() as connection:
        request_id, _ = await a_build_with_an_agent(connection)
        project_id = await the_project(connection)
        workspace = Workspace(connection, project_id)
        await workspace.write("index.html", "shown")
        await publish(
            connection, project_id=project_id, request_id=uuid4(), sites_base_url="http://sites"
        )
        await workspace.delete("index.html")
        await connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")

        assert await end_abandoned_builds(connection) == 1

        assert await workspace.read("index.html") == "shown"
        await restore_draft(connection, project_id, request_id)
        assert await workspace.list_files() == []


async def test_a_change_behind_a_build_that_waits_for_its_user_is_left_alone(pool: Pool) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)
        await connection.execute(
            "UPDATE build SET status = 'running', waits_until = now() + interval '1 hour'"
        )
        await a_change_behind(connection)

        assert await end_abandoned_builds(connection) == 0

        await connection.execute("UPDATE build SET waits_until = NULL")
        assert await end_abandoned_builds(connection) == 1
        assert await end_abandoned_builds(connection) == 0, "it has a job now"


async def test_a_change_behind_one_that_waited_and_is_ended_goes_on(pool: Pool) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)
        await connection.execute(
            "UPDATE build SET status = 'running', waits_until = now() - interval '1 hour'"
        )
        await a_change_behind(connection)

        assert await end_abandoned_builds(connection) == 1
        assert await end_abandoned_builds(connection) == 0
        cursor = await connection.execute("SELECT status FROM build ORDER BY created_at")
        assert await cursor.fetchall() == [("failed",), ("queued",)]
        cursor = await connection.execute("SELECT body FROM outbox")
        ((body,),) = await cursor.fetchall()
        assert body.startswith("I couldn't finish that, so I'm going on with what you asked for")


async def test_what_a_build_without_a_job_was_asked_meanwhile_ends_with_it(pool: Pool) -> None:
    async with pool.connection() as connection:
        await a_build_with_an_agent(connection)
        change_id = await another_request(connection)
        await connection.execute(
            "INSERT INTO change_request (build_id, request_id, body)"
            " SELECT build_id, %s, 'In blue' FROM build",
            [change_id],
        )
        await connection.execute("UPDATE procrastinate_jobs SET status = 'failed'")

        assert await end_abandoned_builds(connection) == 1

        cursor = await connection.execute("SELECT status FROM request ORDER BY trace_id")
        assert await cursor.fetchall() == [("failed",), ("failed",)]
