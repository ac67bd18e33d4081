"""What a user reads of a version that is online: the link, and what was seen of it.

In English; see `bot.messages`.
"""

from collections.abc import Sequence

from bot.languages.i18n import gettext, gettext_noop, localized
from bot.markup.shortening import shorten
from bot.messages.paragraphs import bullets, faults_listed, paragraphs

# Whose it is what visitors enter in an app.
THEIR_AUTHORS = gettext_noop(
    "What somebody enters there can be changed and deleted only by them and by you."
)
THE_OWNERS = gettext_noop("What visitors enter there can be changed and deleted by you alone.")
PARTLY_THE_OWNERS = gettext_noop("Part of what is entered there can be set by you alone.")
_OWNERS_LINK = gettext_noop("*data* gives you a link that opens the app as its owner.")


def pictured(title: str) -> str:
    """What comes with the picture of an app."""
    return gettext("This is *{title}* on a phone.", title=title)


def published(title: str, url: str, version: int) -> str:
    """The link, and how to go on."""
    head = (
        gettext("*{title}* is ready:\n{url}", title=title, url=url)
        if version == 1
        else gettext(
            "Version {number} of *{title}* is ready:\n{url}", number=version, title=title, url=url
        )
    )
    return paragraphs(head, gettext("Tell me what you'd like to change."))


def published_untried(title: str, url: str, version: int) -> str:
    """The link of an app that nobody has opened yet."""
    head = (
        gettext("*{title}* is online:\n{url}", title=title, url=url)
        if version == 1
        else gettext(
            "Version {number} of *{title}* is online:\n{url}", number=version, title=title, url=url
        )
    )
    return paragraphs(
        head,
        gettext(
            "I could not try it in a browser here. Please have a look yourself, "
            "and tell me what you'd like to change."
        ),
        *([gettext("To get the version before it back, write *undo*.")] if version > 1 else []),
    )


def published_faulty(title: str, url: str, version: int, faults: list[str]) -> str:
    """The link of an app that does not work as it should, and what is wrong with it."""
    head = (
        gettext(
            "*{title}* is online, but it does not work as it should yet:\n{url}",
            title=title,
            url=url,
        )
        if version == 1
        else gettext(
            "Version {number} of *{title}* is online, "
            "but it does not work as it should yet:\n{url}",
            number=version,
            title=title,
            url=url,
        )
    )
    return paragraphs(
        head,
        gettext("This is what I found when I tested it:\n{faults}", faults=faults_listed(faults)),
        gettext("Tell me what to fix first, or what else you'd like to change."),
    )


def published_again(announcement: str, *, is_reached: bool) -> str:
    """The present files went out once more."""
    reached = (
        gettext("I opened the link, and it works.")
        if is_reached
        else gettext(
            "I couldn't open the link from here just now. If you can't either, let me know."
        )
    )
    return f"{announcement}\n\n{reached}"


def also_at(service: str, url: str) -> str:
    """Behind the news of a version: another place where it is."""
    return gettext(
        "You can also find it at {service}:\n{url}", service=shorten(service, 40), url=url
    )


def unchanged(title: str, url: str, version: int) -> str:
    """A change that changed nothing."""
    return gettext(
        "I found nothing to change: *{title}* is still at version {number}.\n{url}\n\n"
        "Tell me in other words what should be different.",
        title=title,
        number=version,
        url=url,
    )


def untested(things: Sequence[str]) -> str:
    """Behind the news of a version: what could not be seen in a browser."""
    return gettext(
        "This I couldn't test here, so please try it yourself:\n{things}", things=bullets(things)
    )


def rights(sentences: Sequence[str]) -> str:
    """Behind the news of a version, the first time: who may change what visitors enter."""
    return " ".join(localized(sentence) for sentence in (*sentences, _OWNERS_LINK))


def facts_missing(facts: Sequence[str], *, has_said_more: bool) -> str:
    """Behind the news of a version: what the user has yet to tell, and may have since."""
    if has_said_more:
        return gettext(
            "When I began, nobody had told me this; what you have not told me since is a gap on"
            " the page:\n{facts}\n\nText it to me, and I'll put it in.",
            facts=bullets(facts),
        )
    return gettext(
        "Nobody has told me this yet, so there is a gap on the page:\n{facts}\n\n"
        "Text it to me, and I'll put it in.",
        facts=bullets(facts),
    )
