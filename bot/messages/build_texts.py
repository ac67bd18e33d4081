"""What a user reads of a build: what will be done, how it comes along, what stopped it.

In English; see `bot.messages`.
"""

from collections.abc import Mapping, Sequence

from bot.checks.report import Check, Finding
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.markup.shortening import shorten
from bot.markup.whatsapp import as_label, as_whatsapp
from bot.messages.paragraphs import bullets, faults_listed, paragraphs
from bot.model.answers import DesignSpecification


def understood(summary: str, left_out: Sequence[str] = ()) -> str:
    """What will be built and what cannot be, and what to expect next."""
    if left_out:
        summary = paragraphs(
            summary,
            gettext("This I can't build:\n{left_out}", left_out=bullets(left_out)),
        )
    return gettext(
        "{summary}\n\nI'll text you as it takes shape. To stop me, write *stop*.",
        summary=summary,
    )


def design_done(summary: str) -> str:
    """The look is decided."""
    return gettext("The design is done: {summary}\n\nNow I'm writing the code.", summary=summary)


def built(summary: str) -> str:
    """The files are written; the engineer may have said nothing of them."""
    said = as_whatsapp(summary).strip()
    if not said:
        return gettext("It's built. Now I'm testing it.")
    return gettext("It's built: {summary}\n\nNow I'm testing it.", summary=said)


def data_modelled(summary: str) -> str:
    """It is decided what the app remembers for all of its visitors."""
    return gettext("Kept for all visitors: {summary}", summary=summary)


def fixing(faults: Sequence[str]) -> str:
    """The app is not ready yet, and the work goes on."""
    told = faults[:3]
    return ngettext(
        "I tested it and found a problem:\n{faults}\n\nFixing it now.",
        "I tested it and found a few problems:\n{faults}\n\nFixing them now.",
        len(told),
        faults=faults_listed(told),
    )


POLISHING = gettext_noop("It works. I'm improving how it looks a bit more.")

NOT_ALL_TRIED = gettext_noop("I couldn't test all of it.")
NOT_DOUBLE_CHECKED = gettext_noop("I couldn't double-check everything.")

_FAULTS: Mapping[Check, str] = {
    "loads": gettext_noop("It doesn't open, or it gets stuck."),
    "content": gettext_noop("There's nothing to see."),
    "console": gettext_noop("An error appears while using it."),
    "requests": gettext_noop("A part of it is missing."),
    "layout": gettext_noop("It doesn't fit the screen."),
    "accessibility": gettext_noop("Some people may have trouble reading or using it."),
    "language": gettext_noop("Its texts aren't in the language you asked for."),
    "buttons": gettext_noop("A button does nothing when it's tapped."),
    "forms": gettext_noop("A form doesn't do anything when it's sent."),
    "acceptance": NOT_DOUBLE_CHECKED,
}


def found(findings: Sequence[Finding]) -> list[str]:
    """What a check saw, without the words of an engineer; the same thing is told once."""
    return list(dict.fromkeys(map(_fault, findings)))


def _fault(finding: Finding) -> str:
    match finding:
        case Finding(check="acceptance", subject=str(criterion)):
            return gettext("This doesn't work yet: {criterion}", criterion=criterion)
        case Finding(check="buttons", is_out_of_reach=True, subject=str(name)):
            return gettext("The button “{name}” can be seen, but not tapped.", name=as_label(name))
        case Finding(check="buttons", is_out_of_reach=True):
            return gettext_noop("A button can be seen, but not tapped.")
        case Finding(check="buttons", subject=str(name)):
            return gettext(
                "The button “{name}” does nothing when it's tapped.", name=as_label(name)
            )
    return _FAULTS[finding.check]


PLANNED_BLINDLY = gettext_noop("I'll build what you asked for, as one simple page.")
WILL_CHANGE = gettext_noop("I'll make the change you asked for.")


CHANGE_LENGTH = 200  # characters of what the user asked for, as it is told back


def will_change_looks(change: str) -> str:
    """What will be done is what the user has said, and it is only about looks."""
    told = shorten(as_label(change), CHANGE_LENGTH)
    return gettext("I'll make that change: “{change}”", change=told) if told else WILL_CHANGE


def design_proposed(title: str, design: DesignSpecification) -> str:
    """A design to look at, before anything is built."""
    return gettext(
        "This is how I would design *{title}*: {summary}\n\n"
        "*Colours*: {palette}\n*Font*: {letters}\n*Layout*: {layout}\n"
        "*Special touch*: {signature}\n\n"
        "*Parts*\n{parts}\n\n*Texts*\n{texts}\n\n"
        "Tell me what should be different, or write *build this*.",
        title=title,
        summary=design.summary,
        palette=", ".join(f"{colour.name} {colour.hex}" for colour in design.palette),
        letters=design.typography,
        layout=design.layout,
        signature=design.signature,
        parts=bullets(
            gettext("*{part}*: {purpose}", part=part.name, purpose=part.purpose)
            for part in design.components
        ),
        texts=bullets(design.content),
    )


def cancelled(title: str) -> str:
    """Somebody who runs the service has stopped the work on an app."""
    return gettext(
        "The people who run this service have stopped the work on *{title}*. Nothing will be "
        "published. Write *try again* to continue after all, or tell me what you'd like instead.",
        title=title,
    )


def cancelled_while_online(title: str) -> str:
    """The same, where its link shows a version."""
    return gettext(
        "The people who run this service have stopped the work on *{title}*. What is online stays "
        "as it is. Write *try again* to continue after all, or tell me what you'd like instead.",
        title=title,
    )


def cancelled_in_part(title: str) -> str:
    """The same, where something else is still built for that app."""
    return gettext(
        "The people who run this service have stopped a part of the work on *{title}*. What else "
        "you asked for goes on. If something is missing once that is done, tell me again.",
        title=title,
    )


CANCELLED_UNREAD = gettext_noop(
    "The people who run this service have put your last message aside, so nothing follows from "
    "it. Tell me again what you'd like, if you still do."
)


def retrying(title: str) -> str:
    """A build that failed or was stopped goes on."""
    return gettext("OK, picking *{title}* up where I left off.", title=title)


def under_way_already(title: str) -> str:
    """What shall go on does already."""
    return gettext(
        "I'm already working on *{title}*. Write *status* to see how far I am.", title=title
    )


def outdated(title: str) -> str:
    """A build that was left behind by a newer version of its app."""
    return gettext(
        "*{title}* has a newer version now, so I won't continue that attempt. "
        "Tell me again what should be different.",
        title=title,
    )


def left_behind(title: str) -> str:
    """A build whose app was taken to another version since."""
    return gettext(
        "*{title}* shows another version now than when I began, so I won't continue that attempt. "
        "Tell me again what should be different.",
        title=title,
    )


def given_up(title: str) -> str:
    """A build that ended so long ago that it cannot go on."""
    return gettext(
        "It's too long ago that I worked on *{title}* for me to pick it up again. "
        "Tell me once more what you'd like, and I'll start fresh.",
        title=title,
    )


def worked_in(title: str) -> str:
    """A change is made by the build that runs."""
    return gettext("Got it, adding that to *{title}* now.", title=title)


def queued_behind(title: str) -> str:
    """A change has to wait for the build that runs."""
    return gettext(
        "Got it. I'll do that next, as soon as this version of *{title}* is finished.",
        title=title,
    )


def unfinished(link: str) -> str:
    """What was written so far is shown, though nobody has judged it."""
    return gettext("What there is so far is online, unfinished and not tested:\n{url}", url=link)


UNTITLED = gettext_noop("Your app")  # the title of an app that has no other
