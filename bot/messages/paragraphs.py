"""How sentences stand below each other; see `bot.messages`."""

from collections.abc import Iterable, Sequence

from bot.languages.i18n import gettext, localized
from bot.markup.shortening import one_line, whole_sentences

FAULT_SHOWN = 240  # characters; most faults are one sentence of less


def paragraphs(*sentences: str) -> str:
    """One message of several paragraphs."""
    return "\n\n".join(sentences)


def faults_listed(faults: Sequence[str]) -> str:
    """What is wrong, a line each in whole sentences; a fixed one in the user's language."""
    return bullets(whole_sentences(one_line(localized(fault)), FAULT_SHOWN) for fault in faults)


def bullets(items: Iterable[str]) -> str:
    """A line each, with a dash in front."""
    return "\n".join(gettext("- {item}", item=item) for item in items)
