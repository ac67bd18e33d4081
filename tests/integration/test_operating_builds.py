"""Builds that operators cancel or let go on, where something else happens just then."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.builds.lease import Lease
from bot.errors import ActRefused, OwnershipLost
from bot.intake.ending_builds import end_builds
from bot.operating import requests
from bot.operating.audit import Operator
from bot.projects.workspace import Workspace
from bot.settings.groups import Settings
from bot.workflows.reaper import end_abandoned_builds
from tests.integration.delivery_stage import Pool, Stage, set_stage
from tests.integration.operated_builds import KIM, LOU, building, count, is_online, queued_behind

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(settings: Settings, pool: Pool) -> AsyncIterator[Stage]:
    async with set_stage(settings, pool) as stage:
        yield stage


async def test_what_a_cancelled_build_was_about_to_publish_is_not_published(stage: Stage) -> None:
    user = await stage.user()
    lease = await building(stage, user)
    is_publishing, may_commit = asyncio.Event(), asyncio.Event()

    async def publish() -> None:
        async with lease.transaction() as connection:
            is_publishing.set()
            await may_commit.wait()
            await connection.execute("UPDATE build SET phase = 'deployment'")

    async def cancel() -> None:
        async with stage.pool.connection() as connection:
            await requests.cancel(connection, user.request_id, KIM)

    publishing = asyncio.create_task(publish())
    await is_publishing.wait()
    cancelling = asyncio.create_task(cancel())
    may_commit.set()  # whichever is first, the other sees it
    await asyncio.gather(publishing, cancelling)

    with pytest.raises(OwnershipLost):
        async with lease.transaction():
            pass
    (told,) = await stage.rows(user)
    assert (told["kind"], told["state"]) == ("stopped", "queued")
    assert await count(stage, "build WHERE status = 'stopped'") == 1


async def test_who_has_an_app_online_is_told_that_a_cancelled_change_leaves_it_there(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await is_online(connection)
        await requests.cancel(connection, user.request_id, KIM)

    (told,) = await stage.rows(user)
    assert "the work on *Counter*. What is online stays as it is." in told["body"]


async def test_what_is_queued_behind_a_cancelled_build_that_waited_for_its_user_goes_on(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await is_online(connection)
        await connection.execute(
            "UPDATE build SET owner = NULL, waits_until = now() + interval '1 hour'"
        )
        behind = await queued_behind(connection, user)
        await connection.execute("UPDATE procrastinate_jobs SET status = 'succeeded'")
    next_one = Lease(stage.pool, behind)
    assert await next_one.acquire() is None, "it waits with the first one"

    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)
        assert await end_abandoned_builds(connection) == 0

    jobs = "procrastinate_jobs WHERE status = 'todo' AND task_name = 'run_build'"
    assert await count(stage, f"{jobs} AND args ->> 'build_id' = '{behind}'") == 1
    assert await count(stage, jobs) == 1
    assert await next_one.acquire() is not None
    (told,) = await stage.rows(user)
    assert "stopped a part of the work on *Counter*" in told["body"]


async def test_with_the_first_version_of_an_app_what_is_queued_behind_it_is_cancelled(
    stage: Stage,
) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        ((project_id,),) = await (
            await connection.execute("SELECT project_id FROM project")
        ).fetchall()
        await Workspace(connection, project_id).write("index.html", "half")
        behind = await queued_behind(connection, user)

        await requests.cancel(connection, user.request_id, KIM)

        assert await Lease(stage.pool, behind).acquire() is None
    (told,) = await stage.rows(user)
    assert "*Counter*. Nothing will be published." in told["body"]
    assert await count(stage, "build WHERE status = 'stopped'") == 2
    assert await count(stage, "request WHERE status = 'stopped'") == 2
    assert await count(stage, "version WHERE is_draft") == 1, "what the first one had written"


@pytest.mark.parametrize("ends", ["cancel", "stop"])
async def test_what_is_queued_behind_leaves_its_files_to_the_build_that_runs(
    stage: Stage, ends: str
) -> None:
    user = await stage.user()
    lease = await building(stage, user)
    async with stage.pool.connection() as connection:
        (row,) = await (await connection.execute("SELECT project_id FROM project")).fetchall()
        workspace = Workspace(connection, row[0])
        await is_online(connection)
        behind = await queued_behind(connection, user)
        await workspace.write("index.html", "half")
        await connection.execute("UPDATE build SET phase = phase WHERE attempts > 0")
        cursor = await connection.execute(
            "SELECT request_id FROM build WHERE build_id = %s", [behind]
        )
        ((queued,),) = await cursor.fetchall()

        if ends == "cancel":
            await requests.cancel(connection, queued, KIM)
            assert await workspace.read("index.html") == "half"
            assert not await lease.is_lost()
            assert "What else you asked for goes on." in (await stage.rows(user))[-1]["body"]
        else:
            await end_builds(connection, user_id=user.user_id, request_id=queued)
            assert await workspace.read("index.html") == "shown"

        drafts = await connection.execute("SELECT request_id FROM version WHERE is_draft")
        assert await drafts.fetchall() == ([] if ends == "cancel" else [(user.request_id,)])


async def test_of_two_who_let_a_build_go_on_at_once_one_does(stage: Stage) -> None:
    user = await stage.user()
    await building(stage, user)
    async with stage.pool.connection() as connection:
        await requests.cancel(connection, user.request_id, KIM)

    async def retry(by: Operator) -> str:
        async with stage.pool.connection() as connection:
            try:
                kept = stage.settings.retention
                await requests.retry(connection, user.request_id, by, kept)
            except ActRefused as error:
                return str(error)
        return ""

    said = await asyncio.gather(retry(KIM), retry(LOU))

    assert sorted(said) == ["", "Its app is being built already."]
    assert await count(stage, "build WHERE status = 'queued'") == 1
    assert await count(stage, "request WHERE request_type = 'retry'") == 1
    assert await count(stage, "audit WHERE action = 'retry'") == 1
