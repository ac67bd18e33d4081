"""The fixed words that are understood in code, before any model is asked."""

import re
from enum import StrEnum


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


_WORDS = {
    "help": Command.HELP,
    "menu": Command.HELP,
    "status": Command.STATUS,
    "progress": Command.STATUS,
    "stop": Command.STOP,
    "cancel": Command.STOP,
    "try again": Command.RETRY,
    "retry": Command.RETRY,
    "unsubscribe": Command.UNSUBSCRIBE,
    "stop all": Command.UNSUBSCRIBE,
    "start": Command.START,
    "subscribe": Command.START,
    "change something": Command.CHANGE,
    "new app": Command.NEW_APP,
}
_DECORATION = re.compile(r"[^\w\s]+")
_FILLERS = {"please", "now", "it", "that", "the", "build"}


def find_command(text: str) -> Command | None:
    """The command that a message is, or None.

    A message is a command only if it says nothing else: "STOP please!" is one, "stop the music
    when the timer ends" is a wish.
    """
    words = _DECORATION.sub(" ", text.casefold()).split()
    return _WORDS.get(" ".join(word for word in words if word not in _FILLERS))
