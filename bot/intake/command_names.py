"""The fixed words that are understood in code, before any model is asked."""

from enum import StrEnum
from typing import NamedTuple

from bot.intake.command_words import find_meaning, is_stop_while_building


class Command(StrEnum):
    """What a user can always say."""

    HELP = "help"
    STATUS = "status"
    STOP = "stop"
    RETRY = "try again"
    UNSUBSCRIBE = "unsubscribe"
    START = "start"
    CHANGE = "change something"
    NEW_APP = "new app"
    PROJECTS = "projects"
    OPEN = "open"
    UNDO = "undo"
    REDO = "redo"
    VERSIONS = "versions"
    SHARE = "share"
    COST = "cost"
    EXPORT = "export"
    DATA = "data"
    CLEAR_DATA = "data clear"
    CLEAR_DATA_NOW = "clear the data"
    KEEP_DATA = "keep the data"
    RESTORE_DATA = "data restore"
    FORGET = "forget me"
    FORGET_NOW = "delete everything"
    KEEP = "keep everything"
    MEMORY = "what do you remember"
    FORGET_FACT = "forget that"


class GivenCommand(NamedTuple):
    """A command as a user gave it, with what they said behind it: the project to open."""

    command: Command
    argument: str = ""


# No later stop takes these back: it would leave a user with messages, or data, unawares.
NEVER_SUPERSEDED = frozenset({
    Command.UNSUBSCRIBE, Command.FORGET, Command.FORGET_NOW, Command.CLEAR_DATA_NOW,
})  # fmt: skip
# What those who want no messages can still say.
WITHOUT_MESSAGES = frozenset({Command.START, Command.FORGET, Command.FORGET_NOW, Command.KEEP})
# "Leave it" and "forget that" say several things.
_MAY_BE_STOP = frozenset({None, Command.KEEP, Command.KEEP_DATA, Command.FORGET_FACT})


def find_command(text: str, *, is_literal: bool = False) -> Command | None:
    """The command that a message is, or None; nothing is taken for a slip where it `is_literal`.

    A message is a command only if it says nothing else: "STOP please!" is one, "stop the music
    when the timer ends" is a request.
    """
    meaning = find_meaning(text, is_literal=is_literal)
    return Command(meaning) if meaning else None


def find_stop(text: str) -> bool:
    """Whether a message says stop; asked only while something is built, when more words do."""
    command = find_command(text)
    return command is Command.STOP or (command in _MAY_BE_STOP and is_stop_while_building(text))
