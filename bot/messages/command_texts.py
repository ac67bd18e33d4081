"""What users read in answer to a command, in English; see `bot.messages`."""

from collections.abc import Mapping
from datetime import UTC

from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.markup.shortening import one_line, shorten
from bot.messages.progress_texts import dollars
from bot.messages.quick_replies import Choice
from bot.model.cost_report import Spent
from bot.projects.history import Version
from bot.projects.project_list import ListedProject

REQUEST_SHOWN = 60  # characters of the words that a version was made for

NOTHING_TO_UNDO = gettext_noop("There is no earlier version to go back to.")
NOTHING_TO_REDO = gettext_noop("There is no undone version to go to.")
NO_VERSIONS = gettext_noop("There is no version of it yet.")
NOTHING_TO_EXPORT = gettext_noop("There are no files of it yet.")

REALLY_FORGET = gettext_noop(
    "If you wish, I delete everything I have of you: your messages, your apps with their links, "
    "and your number. It cannot be undone. Shall I?"
)
FORGET_CHOICES = (
    Choice(id="delete everything", title=gettext_noop("Delete everything")),
    Choice(id="keep everything", title=gettext_noop("Keep everything")),
)
FORGOTTEN = gettext_noop(
    "Done: your messages and your apps are deleted, and with this message your number is too. "
    "What I keep about how I work can't be tied to you any more. Goodbye!"
)
NOTHING_FORGOTTEN = gettext_noop("OK, nothing was deleted.")

CLEAR_CHOICES = (
    Choice(id="clear the data", title=gettext_noop("Clear the data")),
    Choice(id="keep the data", title=gettext_noop("Keep the data")),
)


def projects(lines: list[str]) -> str:
    """All that the user has, and how to go on."""
    return gettext(
        "Your apps:\n{apps}\n\nSay *open 2* to change the second one, or *new* for another app.",
        apps="\n".join(lines),
    )


def shelved(project: ListedProject, url: str, *, is_current: bool) -> str:
    """One line of the list."""
    line = f"{project.number}. *{project.title}*"
    if project.is_being_built:
        line += " - " + gettext("I'm working on it")
    if is_current:
        line += " - " + gettext("open")
    return f"{line}\n{url}" if project.current_version is not None else line


def no_such_project(named: str, number: int) -> str:
    """There is nothing of that number or name."""
    if not number:
        return gettext("There is no app of yours yet. Tell me what you'd like!")
    return gettext(
        "I can't tell which app *{named}* is. Say *projects* to see them with their numbers.",
        named=shorten(named, REQUEST_SHOWN),
    )


def opened(project: ListedProject, url: str) -> str:
    """From now on this one is meant."""
    sentences = [
        gettext("*{title}* is open. Tell me what should be different.", title=project.title)
    ]
    return "\n".join([*sentences, url] if project.current_version is not None else sentences)


def busy(title: str) -> str:
    """There is no way back while it is being changed."""
    return gettext("I'm working on *{title}* right now. Say *stop* first, then that.", title=title)


def went_to(title: str, number: int, url: str, *, has_data: bool) -> str:
    """The link shows another version now; what visitors left belongs to none."""
    told = gettext(
        "*{title}* is at version {number} now:\n{url}\n\nSay *undo* or *redo* to go on.",
        title=title,
        number=number,
        url=url,
    )
    if has_data:
        told += "\n\n" + gettext("What visitors left stays as it is: see *data*.")
    return told


def versions(title: str, lines: list[str]) -> str:
    """The latest versions."""
    return gettext(
        "The versions of *{title}*:\n{versions}\n\n*undo* and *redo* take you there and back.",
        title=title,
        versions="\n".join(lines),
    )


def version(one: Version, url: str) -> str:
    """One line of them."""
    line = gettext(
        "{number} - {published_at:%Y-%m-%d %H:%M} UTC",
        number=one.number,
        published_at=one.published_at.astimezone(UTC),
    )
    if one.is_current:
        line += " - " + gettext("this is what the link shows")
    if one.is_draft:
        rest = (
            gettext("unfinished")
            if one.is_outdated
            else gettext("unfinished; *try again* goes on with it")
        )
        line += f" - {rest}"
    request_text = one_line(one.request_text or "")
    if request_text:
        line += f'\n"{shorten(request_text, REQUEST_SHOWN)}"'
    return line if one.is_draft else f"{line}\n{url}"


def share(title: str, url: str) -> str:
    """A message to pass on."""
    return gettext("*{title}*\n{url}\n\nWhoever has this link can open it. Pass it on!",
               title=title, url=url)  # fmt: skip


def exported(title: str, number: int) -> str:
    """The files follow."""
    return gettext(
        "Here is *{title}*: {files} in a zip file. Unpack it and open index.html.",
        title=title,
        files=ngettext("{number} file", "{number} files", number),
    )


def left(title: str, counts: Mapping[str, int], *, opening: str, download: str) -> str:
    """What visitors left, and the owner's links to it."""
    return gettext(
        "What visitors left in *{title}*:\n{collections}\n\nDownload all of it:\n{download}\n\n"
        "Open the app as its owner, to change or delete single entries there:\n{opening}\n\n"
        "Both links are for you alone and work for a day. Say *data clear* to delete everything "
        "that visitors left.",
        title=title,
        collections="\n".join(f"{name}: {entries(number)}" for name, number in counts.items()),
        download=download,
        opening=opening,
    )


def entries(number: int) -> str:
    """So many documents, as their owner calls them."""
    return ngettext("{number} entry", "{number} entries", number)


def nothing_left(title: str, *, can_restore: bool) -> str:
    """No visitor has left anything, or it was cleared."""
    told = gettext("Visitors have left nothing in *{title}* so far.", title=title)
    if can_restore:
        told += " " + gettext("*data restore* brings back what you cleared last.")
    return told


def really_clear(title: str, number: int, days: int) -> str:
    """Whether everything that visitors left shall go."""
    return gettext(
        "Shall I delete everything that visitors left in *{title}* ({entries})? "
        "*data restore* can bring it back, for {days}.",
        title=title,
        entries=entries(number),
        days=_days(days),
    )


def cleared(title: str, number: int, days: int) -> str:
    """It is gone, for now."""
    return gettext(
        "Deleted in *{title}*: {entries}. *data restore* can bring that back, for {days}.",
        title=title,
        entries=entries(number),
        days=_days(days),
    )


def restored(title: str, number: int) -> str:
    """It is back."""
    return gettext("Back in *{title}*: {entries}.", title=title, entries=entries(number))


def nothing_to_restore(title: str) -> str:
    """Nothing was cleared, or too long ago."""
    return gettext("There is nothing of *{title}* that I could bring back.", title=title)


def too_much_to_restore(title: str) -> str:
    """There is no room for it."""
    return gettext(
        "Visitors have left too much in *{title}* since for me to bring that back as well.",
        title=title,
    )


def _days(number: int) -> str:
    return ngettext("{number} day", "{number} days", number)


def cost(spending: Mapping[str, Spent], title: str | None) -> str:
    """What was spent, in US dollars."""
    lines = [gettext("Today: {amount}", amount=amount(spending["today"]))]
    if title is not None:
        lines.append(
            gettext("For *{title}*: {amount}", title=title, amount=amount(spending["project"]))
        )
    lines.append(gettext("In all: {amount}", amount=amount(spending["ever"])))
    return "\n".join(lines)


def amount(spent: Spent) -> str:
    """So many dollars, never an unknown cost as none."""
    return dollars(spent.known_cost_usd, spent.unpriced_calls)
