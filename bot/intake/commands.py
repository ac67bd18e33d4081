"""The fixed words that are understood in code, before any model is asked."""

from enum import StrEnum

from bot.intake.command_words import find_meaning


class Command(StrEnum):
    """What a person can always say."""

    HELP = "help"
    STATUS = "status"
    STOP = "stop"
    RETRY = "try again"
    UNSUBSCRIBE = "unsubscribe"
    START = "start"
    CHANGE = "change something"
    NEW_APP = "new app"


def find_command(text: str) -> Command | None:
    """The command that a message is, or None.

    A message is a command only if it says nothing else: "STOP please!" is one, "stop the music
    when the timer ends" is a wish.
    """
    meaning = find_meaning(text)
    return Command(meaning) if meaning else None
