"""Links of apps that were deployed with another service, and what the user hears of them."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import LinkRefused
from bot.markup.readers import ForUser, Label
from bot.mcp.configuration import ServerConfiguration
from bot.mcp.reported_links import wait_for_answer
from bot.mcp.servers import McpTool
from bot.model.structured import input_complaint, input_schema
from telemetry.named_sql import statements

SQL = statements("bot.crew", "deployments.sql")

SERVER = "textcrew"  # no MCP server, but ourselves
LINKS_TOLD = 3


class Deployment(BaseModel):
    """Where an app is, beside our own link."""

    model_config = ConfigDict(extra="forbid")

    service: Label = Field(description="the service's name, as the user knows it")
    url: ForUser = Field(description="the https link under which the app opens there")


REPORT_DEPLOYMENT = McpTool(
    name="report_deployment",
    server=SERVER,
    tool="report_deployment",
    description=(
        "Report the link of the app at another service. Use it once for each service, after you "
        "have deployed the app there; not for our own link, which the user gets anyway. The link "
        "is opened, for up to 45 seconds. Gives it back if it answers, and then the user is told "
        "of it; else says why it does not, and the user hears nothing of it."
    ),
    schema=input_schema(Deployment),
    is_repeatable=True,
)


async def report_deployment(
    given: dict[str, object], servers: Sequence[ServerConfiguration]
) -> str:
    """Open the reported link. Raises `LinkRefused` unless it answers."""
    try:
        deployment = Deployment.model_validate(given)
    except ValidationError as error:
        raise LinkRefused(input_complaint(REPORT_DEPLOYMENT.name, error)) from None
    await wait_for_answer(deployment.url, [host for server in servers for host in server.hosts])
    return deployment.model_dump_json()


async def confirmed_deployments(connection: AsyncConnection, request_id: UUID) -> list[Deployment]:
    """The links that were reported for a request and answered, each once."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            SQL["list_confirmed"],
            {"request_id": request_id, "server": SERVER, "tool": REPORT_DEPLOYMENT.tool},
        )
        kept: list[str] = await cursor.fetchall()
    found = {d.url: d for d in map(Deployment.model_validate_json, kept)}
    return list(found.values())[-LINKS_TOLD:]
