"""Whether a message says yes or no; asked only while a question is open."""

from bot.intake.command_names import Command, find_command
from bot.intake.vocabulary import ANSWERS, languages, meanings, phrases
from bot.languages.normalize import plain_words

_ASSENT = {f"{ANSWERS} yes": True, f"{ANSWERS} no": False}


def find_assent(text: str) -> bool | None:
    """True for a yes, False for a no, None for everything else, which says more than that.

    Many a word is a yes only because a question is open ("start", "go on", a lone thumbs up).
    """
    said = plain_words(text)
    found = {phrases(language).find_meaning(said, meanings(ANSWERS)) for language in languages()}
    found.discard(None)
    return _ASSENT.get(*found) if len(found) == 1 else None


def find_stop(text: str) -> bool:
    """Whether a message says to stop what is being built, and nothing else."""
    return find_command(text) is Command.STOP
