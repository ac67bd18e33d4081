"""Drafts of builds that ended long ago go, and so do contents that nothing names any more."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from bot.projects.versions import publish
from bot.projects.workspace import Workspace
from bot.retention.removing import remove_older
from tests.integration.operations_stage import OperationsStage

pytestmark = pytest.mark.anyio

Pool = AsyncConnectionPool[AsyncConnection]

BEFORE = datetime.now(UTC) - timedelta(days=10)


@pytest.fixture
def stage(database_url: str, settings_environment: Mapping[str, str]) -> Iterator[OperationsStage]:
    stage = OperationsStage(database_url, settings_environment)
    stage.build(stage.request(closed=True), status="failed")
    yield stage
    stage.connection.close()


def rows(stage: OperationsStage, query: str) -> list[Any]:
    return [row[0] for row in stage.connection.execute(query.encode()).fetchall()]


def contents(stage: OperationsStage) -> list[str]:
    return rows(stage, "SELECT convert_from(content, 'UTF8') FROM blob ORDER BY 1")


def project_of(stage: OperationsStage) -> UUID:
    (project_id,) = rows(stage, "SELECT project_id FROM project")
    return UUID(str(project_id))


def age(stage: OperationsStage) -> None:
    """All that happened was twenty days ago."""
    stage.connection.execute("UPDATE project SET updated_at = now() - interval '20 days'")
    stage.connection.execute("UPDATE build SET ended_at = now() - interval '20 days'")
    stage.connection.execute("UPDATE version SET published_at = now() - interval '20 days'")


async def draft_and_published(stage: OperationsStage, pool: Pool) -> None:
    """The failed build's draft holds `old`, the version after it `new`."""
    project_id = project_of(stage)
    async with pool.connection() as connection:
        workspace = Workspace(connection, project_id)
        for text in ("old", "new"):
            await workspace.write("index.html", text)
            await publish(
                connection,
                project_id=project_id,
                request_id=rows(stage, "SELECT request_id FROM build")[0]
                if text == "old"
                else UUID(int=1),
                sites_base_url="https://apps.example.com",
            )
    stage.connection.execute("UPDATE version SET is_draft = (number = 1)")


async def test_an_old_draft_goes_with_its_files_and_the_published_version_stays(
    stage: OperationsStage, pool: Pool
) -> None:
    await draft_and_published(stage, pool)
    assert await remove_older(pool, "drafts", before=BEFORE) == 0
    age(stage)
    assert await remove_older(pool, "files", before=BEFORE) == 0

    assert await remove_older(pool, "drafts", before=BEFORE) == 1
    assert await remove_older(pool, "files", before=BEFORE) == 1
    assert contents(stage) == ["new"]
    assert rows(stage, "SELECT number FROM version") == [2]
    assert await remove_older(pool, "files", before=BEFORE) == 0


@pytest.mark.parametrize(
    "case",
    [
        "DELETE FROM version WHERE number = 2",
        "UPDATE build SET status = 'queued'",
    ],
)
async def test_the_latest_draft_and_that_of_a_build_that_goes_on_stay(
    stage: OperationsStage, pool: Pool, case: str
) -> None:
    await draft_and_published(stage, pool)
    age(stage)
    stage.connection.execute("UPDATE project SET current_version = NULL")
    stage.connection.execute(case.encode())

    assert await remove_older(pool, "drafts", before=BEFORE) == 0


async def test_a_file_that_is_written_at_that_moment_stays(
    stage: OperationsStage, pool: Pool
) -> None:
    stage.connection.execute(
        "INSERT INTO blob (project_id, sha256, content)"
        " SELECT project_id, sha256(content), content"
        " FROM project, (VALUES ('same'::bytea), ('unused')) AS text (content)"
    )
    age(stage)
    async with pool.connection() as writing:
        await writing.execute("BEGIN")
        await Workspace(writing, project_of(stage)).write("index.html", "same")
        assert await remove_older(pool, "files", before=BEFORE) == 0
        await writing.execute("COMMIT")
    assert contents(stage) == ["same"]
    age(stage)
    assert await remove_older(pool, "files", before=BEFORE) == 0
    assert contents(stage) == ["same"]


async def test_unused_contents_of_many_projects_go_in_steps(
    stage: OperationsStage, pool: Pool
) -> None:
    for _ in range(4):
        stage.build(stage.request(closed=True), status="failed")
    stage.connection.execute(
        "INSERT INTO blob (project_id, sha256, content)"
        " SELECT project_id, sha256(content), content"
        " FROM project, (VALUES ('one'::bytea), ('two')) AS text (content)"
    )
    age(stage)

    assert await remove_older(pool, "files", before=BEFORE, rows_a_step=50, steps=2) == 4
    assert await remove_older(pool, "files", before=BEFORE, rows_a_step=50) == 6
