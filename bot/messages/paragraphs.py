"""How sentences stand below each other; see `bot.messages`."""

from collections.abc import Iterable, Sequence

from bot.languages.i18n import gettext, localized
from bot.markup.shortening import one_line, shorten, whole_sentences
from bot.markup.whatsapp import as_label

FAULT_SHOWN = 240  # characters; most faults are one sentence of less
MOST_QUOTED = 400  # characters of what a user said


def paragraphs(*sentences: str) -> str:
    """One message of several paragraphs."""
    return "\n\n".join(sentences)


def faults_listed(faults: Sequence[str]) -> str:
    """What is wrong, a line each in whole sentences; a fixed one in the user's language."""
    return bullets(whole_sentences(one_line(localized(fault)), FAULT_SHOWN) for fault in faults)


def bullets(items: Iterable[str]) -> str:
    """A line each, with a dash in front."""
    return "\n".join(gettext("- {item}", item=item) for item in items)


def quoted(words: str) -> str:
    """A user's own words, as they are shown to them in a sentence."""
    return shorten(as_label(words), MOST_QUOTED)
