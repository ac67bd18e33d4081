"""What a user reads of a build, from the plan to the link or to what kept it from being finished.

In English; see `bot.messages`.
"""

from collections.abc import Mapping, Sequence

from bot.checks.report import Check, Finding
from bot.languages.i18n import gettext, gettext_noop, localized
from bot.markup.shortening import one_line, shorten
from bot.markup.whatsapp import as_label, as_whatsapp
from bot.model.answers import DesignSpecification

FAULT_LIMIT = 160  # characters of one fault


def understood(summary: str) -> str:
    """What will be built, and what to expect next."""
    return gettext(
        "{summary}\n\nI'll text you as it takes shape. Say *stop* at any time.", summary=summary
    )


def design_done(summary: str) -> str:
    """The look is decided."""
    return gettext("The design is done: {summary}\n\nNow I'm writing the code.", summary=summary)


def built(summary: str) -> str:
    """The files are written."""
    localized = gettext(
        "It's built. {summary}\n\nNow I'm trying it out.", summary=as_whatsapp(summary)
    )
    return localized.replace(" \n", "\n")  # the engineer may have said nothing


def data_modelled(summary: str) -> str:
    """It is decided what the app remembers for all of its visitors."""
    return gettext("It will keep what its visitors share: {summary}", summary=summary)


def mending(faults: Sequence[str]) -> str:
    """The app is not ready yet, and the work goes on."""
    return gettext(
        "I tried it, and it is not right yet:\n{faults}\n\nI'm mending that now.",
        faults=_listed(faults[:3]),
    )


def pictured(title: str) -> str:
    """What comes with the picture of an app."""
    return gettext("This is *{title}* on a phone.", title=title)


NOT_ALL_TRIED = gettext_noop("I could not try all of it.")
NOT_JUDGED = gettext_noop("I could not make sure that it does all you asked for.")
NOT_REVIEWED = gettext_noop("Nobody could look over its code.")

_FAULTS: Mapping[Check, str] = {
    "loads": gettext_noop("It does not open, or gets stuck."),
    "content": gettext_noop("There is nothing to see."),
    "console": gettext_noop("Something in it breaks while it is used."),
    "requests": gettext_noop("A part of it is missing."),
    "layout": gettext_noop("It does not fit the screen."),
    "accessibility": gettext_noop("Not everybody can read or use it."),
    "language": gettext_noop("Its texts are in another language than you asked for."),
    "buttons": gettext_noop("A button does nothing when it is pressed."),
    "forms": gettext_noop("A form takes what is entered, and nothing comes of it."),
    "acceptance": NOT_JUDGED,
}


def found(findings: Sequence[Finding]) -> list[str]:
    """What a check saw, without the words of an engineer; the same thing is told once."""
    return list(dict.fromkeys(map(_fault, findings)))


def _fault(finding: Finding) -> str:
    match finding:
        case Finding(check="acceptance", subject=str(criterion)):
            return gettext("This does not work yet: {criterion}", criterion=criterion)
        case Finding(check="buttons", subject=str(name)):
            return gettext(
                "The button “{name}” does nothing when it is pressed.", name=as_label(name)
            )
    return _FAULTS[finding.check]


PLANNED_BLINDLY = gettext_noop("I'll build what you asked for, as one simple page.")
PLANNED_BLINDLY_CHANGE = gettext_noop("I'll change what you asked for.")


def published(title: str, url: str, version: int) -> str:
    """The link, and how to go on."""
    return gettext(
        "{app} is ready:\n{url}\n\nTell me what you'd like to change.",
        app=_named(title, version),
        url=url,
    )


def published_untried(title: str, url: str, version: int) -> str:
    """The link of an app that nobody has opened yet."""
    return gettext(
        "{app} is online:\n{url}\n\n"
        "I could not try it in a browser here, so please see for yourself whether it works, "
        "and tell me what you'd like to change.",
        app=_named(title, version),
        url=url,
    )


def published_faulty(title: str, url: str, version: int, faults: list[str]) -> str:
    """The link of an app that does not work as it should, and what is wrong with it."""
    return gettext(
        "{app} is online, but it does not work as it should yet:\n{url}\n\n"
        "This is what I found when I tried it:\n{faults}\n\n"
        "Tell me what to fix first, or what else you'd like to change.",
        app=_named(title, version),
        url=url,
        faults=_listed(faults),
    )


def published_again(announcement: str, *, is_reached: bool) -> str:
    """The present files went out once more."""
    reached = (
        gettext("I opened the link, and it answers.")
        if is_reached
        else gettext(
            "I could not open the link from here just now. If you can't either, tell me again."
        )
    )
    return f"{announcement}\n\n{reached}"


def design_proposed(title: str, design: DesignSpecification) -> str:
    """A design to look at, before anything is built."""
    return gettext(
        "This is how I would design *{title}*: {summary}\n\n"
        "*Colours*: {palette}\n*Letters*: {letters}\n*Layout*: {layout}\n\n"
        "*Parts*\n{parts}\n\n*Texts*\n{texts}\n\n"
        "Say what should be different, or *build this*.",
        title=title,
        summary=design.summary,
        palette=", ".join(f"{colour.name} {colour.hex}" for colour in design.palette),
        letters=design.typography,
        layout=design.layout,
        parts="\n".join(f"- *{part.name}*: {part.purpose}" for part in design.components),
        texts="\n".join(f"- {text}" for text in design.content),
    )


def _listed(faults: Sequence[str]) -> str:
    return "\n".join(f"- {shorten(one_line(localized(fault)), FAULT_LIMIT)}" for fault in faults)


def _named(title: str, version: int) -> str:
    if version == 1:
        return f"*{title}*"
    return gettext("Version {number} of *{title}*", number=version, title=title)


def also_at(service: str, url: str) -> str:
    """Behind the news of a version: another place where it is."""
    return "\n\n" + gettext(
        "You also find it at {service}:\n{url}", service=shorten(service, 40), url=url
    )


def unchanged(title: str, url: str, version: int) -> str:
    """A change that changed nothing."""
    return gettext(
        "I found nothing to change: *{title}* is still version {number}.\n{url}\n\n"
        "Tell me in other words what should be different.",
        title=title,
        number=version,
        url=url,
    )


def retrying(title: str) -> str:
    """A build that failed or was stopped goes on."""
    return gettext("OK, I'm taking *{title}* up again, from where I was.", title=title)


def under_way_already(title: str) -> str:
    """What shall go on does already."""
    return gettext(
        "I'm working on *{title}* already. Say *status* to see how far it is.", title=title
    )


def outdated(title: str) -> str:
    """A build that was left behind by a newer version of its app."""
    return gettext(
        "*{title}* has got a newer version since then, so I leave that attempt where it is. "
        "Tell me again what you'd like to be different.",
        title=title,
    )


def worked_in(title: str) -> str:
    """A change is made by the build that runs."""
    return gettext("Got it. I work that into *{title}* right now.", title=title)


def queued_behind(title: str) -> str:
    """A change has to wait for the build that runs."""
    return gettext(
        "Got it. I'll do that next, as soon as the current version of *{title}* is finished.",
        title=title,
    )


FAILED_BUSY = gettext_noop(
    "The AI service I work with has been too busy for too long, so I had to give up this time. "
    "Nothing is lost: say *try again* in a little while and I go on from where I was."
)
FAILED_MISCONFIGURED = gettext_noop(
    "I can't reach the AI service I work with because of a problem on our side. "
    "Say *try again* later and I go on from where I was."
)
FAILED_REFUSED = gettext_noop(
    "I'm not able to build that one. Tell me about something else you'd like."
)
FAILED_TOO_LARGE = gettext_noop(
    "That turned out to be too big for me in one go. Try asking for a smaller first version."
)
FAILED = gettext_noop(
    "I tried several times but could not finish this one, because of a problem on our side. "
    "What I had so far is kept: say *try again* and I go on from there."
)
FAILED_TIMEOUT = gettext_noop(
    "This took much longer than it should, so I stopped. What I had so far is kept: "
    "say *try again* and I go on from there."
)
FAILED_STUCK = gettext_noop(
    "I ran into the same problem three times in a row, so I stopped before it costs you more. "
    "What I had so far is kept: say *try again*, or tell me in other words what you'd like."
)
STILL_TRYING = gettext_noop(
    "The AI service I work with is very busy right now. I'm waiting and will go on."
)

BUDGET_EXHAUSTED = {
    "request": gettext_noop(
        "This has cost as much as one wish may, so I stopped here. What I had so far is kept: "
        "ask for a smaller step, or say *try again* once the limit is raised."
    ),
    "user_day": gettext_noop(
        "You have used up what I may spend for you in a day, so I stopped here. What I had so far "
        "is kept: say *try again* tomorrow and I go on from there."
    ),
    "total_day": gettext_noop(
        "I have used up what I may spend in a day, so I stopped here. What I had so far is kept: "
        "say *try again* tomorrow and I go on from there."
    ),
}


def budget_exhausted(scope: str, link: str | None) -> str:
    """A budget is used up; `link` shows what there was by then, where nothing was before."""
    sentence = gettext(BUDGET_EXHAUSTED[scope])
    if link is None:
        return sentence
    unfinished = gettext(
        "What there is so far is online, unfinished and not tried:\n{url}", url=link
    )
    return f"{sentence}\n\n{unfinished}"


BUDGET_QUESTIONS = {
    "request": gettext_noop(
        "This wish has used up 80 % of what it may cost. Shall I go on? "
        "At the limit I stop, and you get what there is by then."
    ),
    "user_day": gettext_noop(
        "You have used up 80 % of what I may spend for you in a day. Shall I go on? "
        "At the limit I stop, and you get what there is by then."
    ),
}

BUDGET_DECLINED = gettext_noop(
    "OK, I leave it there. What I had so far is kept: say *try again* and I go on with it."
)
