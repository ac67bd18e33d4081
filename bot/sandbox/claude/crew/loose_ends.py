"""Something that a reviewer only notes: a line in the code that says what is still to be done.

| the request says | the app |
|---|---|
| hasty | has such a line, until it is changed by an engineer who was told of it |
"""

import re

from bot.model.answers import CodeFinding
from bot.sandbox.claude.answers import ToolCall, call
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import SCRIPT

LINE = "// TODO: say so when nothing was entered"


def left_open(texts: dict[str, str], words: str) -> dict[str, str]:
    """The files with a loose end where the words ask for one."""
    if not re.search(r"\bhasty\b", words, re.I):
        return texts
    return {**texts, SCRIPT: "\n".join([texts[SCRIPT].rstrip(), LINE, ""])}


def noted(sources: str) -> list[CodeFinding]:
    """What a reviewer notes of the files."""
    finding = CodeFinding(
        path=SCRIPT,
        problem="Nothing is said when nothing was entered.",
        fix="Something is still to be done in the last line.",
        blocking=False,
    )
    return [finding] if LINE in sources else []


def tidied(conversation: Conversation) -> list[ToolCall]:
    """What ties it up, for whoever is told of it and has the file before them."""
    is_told = SCRIPT in conversation.tagged("open_notes")
    if not is_told or LINE not in conversation.sources.get(SCRIPT, ""):
        return []
    if conversation.last("replace_in_file", SCRIPT) is not None:
        return []
    return [call("replace_in_file", path=SCRIPT, old=LINE, new="")]
