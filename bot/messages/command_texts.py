"""What users read in answer to a command, in English; see `bot.messages`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.languages import formats
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.markup.shortening import one_line, shorten
from bot.messages.amounts import dollars
from bot.messages.paragraphs import bullets, paragraphs
from bot.messages.quick_replies import Choice
from bot.model.cost_report import Spent
from bot.projects.history import Version
from bot.projects.project_list import ListedProject

REQUEST_SHOWN = 60  # characters of the words that a version was made for

NOTHING_TO_UNDO = gettext_noop("There's no earlier version to go back to.")
NOTHING_TO_REDO = gettext_noop("There's nothing to redo.")
NO_VERSIONS = gettext_noop("There's no version yet.")
NOTHING_TO_EXPORT = gettext_noop("There are no files yet.")

FORGET_CHOICES = (
    Choice(id="delete everything", title=gettext_noop("Delete everything")),
    Choice(id="keep everything", title=gettext_noop("Keep everything")),
)
NOTHING_FORGOTTEN = gettext_noop("OK, nothing was deleted.")


def really_forget(copies: Sequence[str]) -> str:
    """What would be gone, which links elsewhere would not, and the question."""
    question = gettext(
        "If you like, I'll delete everything I have about you: your messages, your apps with their "
        "links, and your number. It cannot be undone. Shall I?"
    )
    if not copies:
        return question
    stay = gettext(
        "I can't delete the copies of your apps at other services:\n{links}\n\n"
        "I'll leave these links, without your number, to those who run this service.",
        links=bullets(copies),
    )
    return paragraphs(stay, question)


def forgotten(copies: Sequence[str]) -> str:
    """The goodbye, and which links elsewhere are not gone."""
    goodbye = gettext(
        "Done: your messages and your apps are deleted, and with this message your number is too. "
        "What I keep about how I work can't be tied to you any more. Goodbye!"
    )
    if not copies:
        return goodbye
    stay = gettext(
        "The copies of your apps at other services are still there:\n{links}\n\n"
        "Those who run this service have these links, without your number.",
        links=bullets(copies),
    )
    return paragraphs(stay, goodbye)


def projects(lines: list[str]) -> str:
    """All that the user has, and how to go on; there is nothing to open beside a single one."""
    apps = "\n".join(lines)
    if len(lines) == 1:
        return gettext("Your app:\n{apps}\n\nFor another one, write *new*.", apps=apps)
    return gettext(
        "Your apps:\n{apps}\n\n"
        "To change the second one, write *open 2*. For another one, write *new*.",
        apps=apps,
    )


def listed(project: ListedProject, url: str, *, is_current: bool) -> str:
    """One line of the list."""
    match project.is_being_built, is_current:
        case True, True:
            sentence = gettext_noop("{number}. *{title}* - open, I'm working on it")
        case True, False:
            sentence = gettext_noop("{number}. *{title}* - I'm working on it")
        case False, True:
            sentence = gettext_noop("{number}. *{title}* - open")
        case _:
            sentence = gettext_noop("{number}. *{title}*")
    line = gettext(sentence, number=project.number, title=project.title)
    return _with_link(line, url) if project.current_version is not None else line


def no_such_project(named: str, number: int) -> str:
    """There is nothing of that number or name."""
    if not number:
        return gettext("You don't have an app yet. Tell me what you'd like!")
    return gettext(
        "I can't tell which app *{named}* is. Write *projects* to see them with their numbers.",
        named=shorten(named, REQUEST_SHOWN),
    )


def opened(project: ListedProject, url: str) -> str:
    """From now on this one is meant."""
    told = gettext("*{title}* is open. Tell me what should be different.", title=project.title)
    return _with_link(told, url) if project.current_version is not None else told


def busy(title: str) -> str:
    """There is no way back while it is being changed."""
    return gettext(
        "I'm working on *{title}* right now. Write *stop* first, then try that again.", title=title
    )


def went_to(
    title: str, number: int, url: str, *, is_back: bool, has_data: bool, copies: Sequence[str]
) -> str:
    """The link shows another version now, an earlier one if `is_back`.

    What visitors left belongs to none, copies elsewhere keep theirs.
    """
    sentence = (
        gettext_noop(
            "*{title}* is at version {number} now:\n{url}\n\nTo take that back, write *redo*."
        )
        if is_back
        else gettext_noop(
            "*{title}* is at version {number} now:\n{url}\n\nTo take that back, write *undo*."
        )
    )
    told = gettext(sentence, title=title, number=number, url=url)
    stays = [gettext("What visitors left stays as it is: see *data*.")] if has_data else []
    if copies:
        others = gettext(
            "Copies at other services stay as they are:\n{links}", links=bullets(copies)
        )
        stays.append(others)
    return paragraphs(told, *stays)


def versions(title: str, lines: list[str]) -> str:
    """The latest versions."""
    return gettext(
        "The versions of *{title}*:\n{versions}\n\nTo go back or forth, write *undo* or *redo*.",
        title=title,
        versions="\n".join(lines),
    )


def version(one: Version, url: str, *, now: datetime, goes_on: bool) -> str:
    """One line of them; a draft `goes_on` if "try again" means it."""
    sentence = gettext_noop("{number} - {published_at}")
    if one.is_draft:
        sentence = (
            gettext_noop("{number} - {published_at} - unfinished; *try again* continues it")
            if goes_on
            else gettext_noop("{number} - {published_at} - unfinished")
        )
    elif one.is_current:
        sentence = gettext_noop("{number} - {published_at} - this is what the link shows")
    line = gettext(
        sentence, number=one.number, published_at=formats.moment(one.published_at, now=now)
    )
    request_text = one_line(one.request_text or "")
    if request_text:
        shown = shorten(request_text, REQUEST_SHOWN)
        line = gettext('{line}\n"{request_text}"', line=line, request_text=shown)
    return line if one.is_draft else _with_link(line, url)


def share(title: str, url: str) -> str:
    """A message to pass on."""
    return gettext("*{title}*\n{url}\n\nAnyone with this link can open it. Pass it on!",
               title=title, url=url)  # fmt: skip


def exported(title: str, number: int, link: str) -> str:
    """Where the files are."""
    told = ngettext(
        "Here's *{title}*: {number} file in a zip file. Unpack it and open index.html.",
        "Here's *{title}*: {number} files in a zip file. Unpack it and open index.html.",
        number,
        title=title,
    )
    alone = gettext("{link}\n\nThis link is for you alone and works for a day.", link=link)
    return f"{told}\n{alone}"


def _with_link(line: str, url: str) -> str:
    return gettext("{line}\n{url}", line=line, url=url)


def cost(spending: Mapping[str, Spent], title: str | None) -> str:
    """What was spent, in US dollars."""
    lines = [gettext("Today: {amount}", amount=amount(spending["today"]))]
    if title is not None:
        lines.append(
            gettext("For *{title}*: {amount}", title=title, amount=amount(spending["project"]))
        )
    lines.append(gettext("Total: {amount}", amount=amount(spending["ever"])))
    return "\n".join(lines)


def amount(spent: Spent) -> str:
    """So many dollars, never an unknown cost as none."""
    return dollars(spent.known_cost_usd, spent.unpriced_calls)
