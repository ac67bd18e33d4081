"""What users sent for an app that it does not have: of a change that came to nothing, mostly.

A build that is stopped, fails or is undone leaves the app as it was before, without what came for
it. Nobody publishes that by chance; who owns the code is told of it and can put it back.
"""

from uuid import UUID

from psycopg import AsyncConnection

from bot.attachments import placement
from bot.attachments.mentions import without_mentions
from bot.crew.file_tools import FilePath
from bot.crew.images import stored_picture
from bot.crew.tools import InTransaction, Tool, ToolContent, TransactionContext
from bot.crew.transcript import note
from bot.errors import WorkspaceError
from bot.markup.shortening import one_line, shorten
from bot.sites.file_types import is_picture
from handoffs.tags import tagged

SENT_EARLIER = "sent_earlier"  # the tag around it
WORDS = 100  # characters of those that came with one


async def sent_earlier(connection: AsyncConnection, project_id: UUID) -> str:
    """The paths, a line each, with the words that came with them; "" where there are none."""
    lines = []
    for one in await placement.list_sent_earlier(connection, project_id):
        words = shorten(one_line(without_mentions(one.body)), WORDS)
        lines.append(f"{one.path}, with the words: {words}" if words else one.path)
    return "\n".join(lines)


async def sent_earlier_block(connection: AsyncConnection, project_id: UUID) -> str:
    """The same in its tag."""
    sent = await sent_earlier(connection, project_id)
    return tagged(SENT_EARLIER, sent) if sent else ""


async def _bring_back(context: TransactionContext, which: FilePath) -> ToolContent:
    back = await placement.put_back(context.connection, context.project_id, which.path)
    if back is None:
        listed = await sent_earlier(context.connection, context.project_id)
        raise WorkspaceError(f"No such file was sent. Those that can be put back: {listed or '-'}")
    if not back.has_room:
        raise WorkspaceError("The project has no room for it: delete what is not needed first.")
    said = f"{which.path} is a file of the project again."
    return [note(said), stored_picture(back.sha256)] if is_picture(which.path) else said


BRING_BACK = Tool(
    name="bring_back",
    description=(
        f"Put a file that <{SENT_EARLIER}> names back among the project's. Use it where the "
        "request wants that file, not to look through what there was. Answers with the picture."
    ),
    input=FilePath,
    runs=InTransaction(_bring_back),
    outcome_lasts=True,
)
