"""The tool that publishes the project's files as a version of the app."""

from pydantic import BaseModel

from bot.crew.tools import InTransaction, NoInput, Tool, TransactionContext
from bot.projects.versions import publish


class PublishedVersion(BaseModel):
    """What `publish_version` answers: the version and its links."""

    version: int
    url: str
    version_url: str


async def _publish_version(context: TransactionContext, _: NoInput) -> str:
    published = await publish(
        context.connection,
        project_id=context.project_id,
        request_id=context.request_id,
        sites_base_url=context.sites_base_url,
    )
    return PublishedVersion(
        version=published.number, url=published.url, version_url=published.version_url
    ).model_dump_json()


PUBLISH = Tool(
    name="publish_version",
    description=(
        "Publish the project's files as they are now, as a new version of the app. Use it once, "
        "before anything else; not to try the app. Gives JSON: the version's number, the app's "
        "link, and the link to this version alone. The same files are published once, so a second "
        "call finds the same version. Where something keeps the files from being published, it "
        "says what, and nothing is published."
    ),
    input=NoInput,
    runs=InTransaction(_publish_version),
    outcome_lasts=True,
)
