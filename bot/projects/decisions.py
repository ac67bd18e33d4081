"""What the crew decided when an app was made: kept with the project, whoever noted it is gone."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from telemetry.named_sql import statements

SQL = statements("bot.projects", "decisions.sql")

LENGTH = 400  # characters of a decision, and of its reason


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Something that was settled, and why; `request_id` is of the build in which it was."""

    request_id: UUID
    decision: str
    reason: str


async def keep_decision(connection: AsyncConnection, project_id: UUID, noted: Decision) -> None:
    """Keep a decision, once a build."""
    await connection.execute(
        SQL["keep_decision"],
        {
            "project_id": project_id,
            "request_id": noted.request_id,
            "decision": noted.decision[:LENGTH],
            "reason": noted.reason[:LENGTH],
        },
    )


async def list_decisions(connection: AsyncConnection, project_id: UUID) -> list[Decision]:
    """All decisions about the app as it is online, in their order; what was undone has none."""
    async with connection.cursor(row_factory=class_row(Decision)) as cursor:
        await cursor.execute(SQL["list_decisions"], {"project_id": project_id})
        return await cursor.fetchall()


async def decisions_of_build(
    connection: AsyncConnection, project_id: UUID, request_id: UUID
) -> list[Decision]:
    """What was decided in one build, online or not, in its order."""
    async with connection.cursor(row_factory=class_row(Decision)) as cursor:
        await cursor.execute(
            SQL["list_decisions_of_build"], {"project_id": project_id, "request_id": request_id}
        )
        return await cursor.fetchall()
