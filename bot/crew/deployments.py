"""Links of apps that were deployed with another service; one that is reported has to answer."""

from collections.abc import Sequence

from pydantic import ValidationError

from bot.errors import LinkRefused
from bot.mcp.configuration import ServerConfiguration
from bot.mcp.reported_links import wait_for_answer
from bot.mcp.servers import McpTool
from bot.model.structured import input_complaint, input_schema
from bot.projects.deployments import Deployment

SERVER = "textcrew"  # no MCP server, but ourselves


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
) -> Deployment:
    """Open the reported link. Raises `LinkRefused` unless it answers."""
    try:
        deployment = Deployment.model_validate(given)
    except ValidationError as error:
        raise LinkRefused(input_complaint(REPORT_DEPLOYMENT.name, error)) from None
    await wait_for_answer(deployment.url, [host for server in servers for host in server.hosts])
    return deployment
