"""The tool with which the engineer ends its task, in the same answer as the last of its writing."""

from pydantic import Field

from bot.crew.tools import HandsIn, Tool, ToolInput, TransactionContext
from bot.errors import WorkspaceError
from bot.markup.readers import ForCrew

ENTRY = "index.html"
NOTHING_WRITTEN = f"There is no {ENTRY}, so nothing can be handed in. Write it with your tools."
NOTHING_SAID = "You ended without a word. Say in one or two sentences what you did."


class HandedIn(ToolInput):
    """What the user reads of the finished work."""

    words: ForCrew = Field(  # said as the words of one who ends without a tool, rendered there
        description="one or two sentences to the user, in their language, that follow “It's"
        " built:”: what they can do now, or what is different"
    )


async def _hand_in(context: TransactionContext, work: HandedIn) -> str:
    if not work.words.strip():
        raise WorkspaceError(NOTHING_SAID)
    if not any(file.path == ENTRY for file in await context.files.list_files()):
        raise WorkspaceError(NOTHING_WRITTEN)
    return "Handed in."


HAND_IN = Tool(
    name="hand_in",
    description=(
        "Hand in the complete app and end your task. Use it in the same answer as your last file "
        "tools, and not beside a tool whose answer you wait for, such as ask_user. Gives nothing "
        "back where all of them succeed: you are done. If one of them fails, there is no "
        f"{ENTRY}, or the user has written meanwhile, nothing is handed in and you are told; put "
        "that right and hand in again."
    ),
    input=HandedIn,
    runs=HandsIn(_hand_in),
)
