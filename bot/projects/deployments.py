"""Copies of apps at other services: links that answered when they were reported.

Nothing here can take one down. So they are kept as long as their app, and when its user is
forgotten the links go to the operators, by way of the audit, without saying whose they were.
"""

from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import kwargs_row
from pydantic import BaseModel, ConfigDict, Field

from bot.markup.readers import ForUser, Label
from handoffs.document import storable
from telemetry.named_sql import statements

SQL = statements("bot.projects", "deployments.sql")


class Deployment(BaseModel):
    """Where an app is, beside our own link."""

    model_config = ConfigDict(extra="forbid")

    service: Label = Field(description="the service's name, as the user knows it")
    url: ForUser = Field(description="the https link under which the app opens there")


async def note_deployment(
    connection: AsyncConnection, project_id: UUID, request_id: UUID, deployment: Deployment
) -> None:
    """Keep where a project's app is too, as of the build of that request."""
    row = {
        "project_id": project_id,
        "request_id": request_id,
        "service": storable(deployment.service),
        "url": storable(deployment.url),
    }
    await connection.execute(SQL["note_deployment"], row)


async def deployments_of_build(
    connection: AsyncConnection, project_id: UUID, request_id: UUID
) -> list[Deployment]:
    """Where the build of that request has deployed the project's app, the latest last."""
    key = {"project_id": project_id, "request_id": request_id}
    async with connection.cursor(row_factory=kwargs_row(Deployment)) as cursor:
        await cursor.execute(SQL["list_deployments_of_build"], key)
        return await cursor.fetchall()


async def deployments_of_project(connection: AsyncConnection, project_id: UUID) -> list[Deployment]:
    """Where a project's app is beside our own link, the latest last."""
    async with connection.cursor(row_factory=kwargs_row(Deployment)) as cursor:
        await cursor.execute(SQL["list_of_project"], {"project_id": project_id})
        return await cursor.fetchall()


async def deployments_of_user(connection: AsyncConnection, user_id: str) -> list[Deployment]:
    """Where apps of a user are beside our own links, the latest last."""
    async with connection.cursor(row_factory=kwargs_row(Deployment)) as cursor:
        await cursor.execute(SQL["list_of_user"], {"user_id": user_id})
        return await cursor.fetchall()
