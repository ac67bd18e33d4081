"""What an app's owner reads of what visitors left in it, in English; see `bot.messages`."""

from collections.abc import Mapping
from math import floor

from bot.languages import formats
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.messages.quick_replies import Choice

CLEAR_CHOICES = (
    Choice(id="clear the data", title=gettext_noop("Clear the data")),
    Choice(id="keep the data", title=gettext_noop("Keep the data")),
)


def left(title: str, counts: Mapping[str, int], *, opening: str, download: str) -> str:
    """What visitors left, and the owner's links to it."""
    return gettext(
        "What visitors left in *{title}*:\n{collections}\n\nDownload all of it:\n{download}\n\n"
        "Open the app as its owner, to do there what only you can:\n{opening}\n\n"
        "Both links are for you alone and work for a day; the browser in which you open the app "
        "stays its owner's for a month. To delete everything that visitors left, write "
        "*data clear*.",
        title=title,
        collections="\n".join(
            gettext("{name}: {entries}", name=name, entries=entries(number))
            for name, number in counts.items()
        ),
        download=download,
        opening=opening,
    )


def room_taken(part: float) -> str:
    """How much of an app's room for entries is taken, of 1; where that is nearly all."""
    return gettext(
        "{percentage} of the room for this is taken. Once it is full, visitors can add nothing "
        "until something is deleted.",
        percentage=formats.percentage(floor(min(part, 1) * 100) / 100),
    )


def room_nearly_full(title: str, number: int) -> str:
    """What visitors left in an app leaves little room."""
    return gettext(
        "*{title}* is nearly full ({entries}). Once it is full, visitors can add nothing until "
        "something is deleted. To look through it and make room, answer this message with *data*.",
        title=title,
        entries=entries(number),
    )


def room_full(title: str, number: int) -> str:
    """What visitors left in an app leaves no room."""
    return gettext(
        "*{title}* is full ({entries}). Visitors can add nothing until something is deleted. To "
        "look through it and make room, answer this message with *data*.",
        title=title,
        entries=entries(number),
    )


def entries(number: int) -> str:
    """So many documents, as their owner calls them."""
    return ngettext("{number} entry", "{number} entries", number)


def nothing_left(title: str, *, can_restore: bool) -> str:
    """No visitor has left anything, or it was cleared."""
    told = gettext("Visitors have left nothing in *{title}* so far.", title=title)
    if can_restore:
        restore = gettext("To bring back what you cleared last, write *data restore*.")
        return f"{told} {restore}"
    return told


def opening_ahead(opening: str) -> str:
    """Behind that: how the owner opens the app as theirs before anything is entered."""
    return gettext(
        "With this link you open the app as its owner. It is for you alone and works for a day; "
        "the browser stays the owner's for a month:\n{opening}",
        opening=opening,
    )


def really_clear(title: str, number: int, days: int) -> str:
    """Whether everything that visitors left shall go."""
    asked = gettext(
        "Shall I delete everything that visitors left in *{title}* ({entries})?",
        title=title,
        entries=entries(number),
    )
    return f"{asked} {_can_restore(days)}"


def cleared(title: str, number: int, days: int) -> str:
    """It is gone, for now."""
    told = gettext("Deleted in *{title}*: {entries}.", title=title, entries=entries(number))
    return f"{told} {_can_restore(days)}"


def restored(title: str, number: int) -> str:
    """It is back."""
    return gettext("Back in *{title}*: {entries}.", title=title, entries=entries(number))


def nothing_to_restore(title: str) -> str:
    """Nothing was cleared, or too long ago."""
    return gettext("There's nothing of *{title}* that I could bring back.", title=title)


def too_much_to_restore(title: str) -> str:
    """There is no room for it."""
    return gettext(
        "Visitors have left too much in *{title}* since then, so I can't bring that back as well.",
        title=title,
    )


def _can_restore(days: int) -> str:
    return ngettext(
        "To bring it back within {number} day, write *data restore*.",
        "To bring it back within {number} days, write *data restore*.",
        days,
    )
