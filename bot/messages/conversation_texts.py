"""What a user reads in the chat itself, in English; see `bot.messages`."""

from collections.abc import Mapping
from datetime import timedelta

from bot.builds.questions import Question
from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.messages.kinds import MessageKind
from bot.messages.paragraphs import quoted
from bot.messages.quick_replies import Choice

HELP = gettext_noop(
    "Tell me what you'd like, for example *Build me a todo app*. "
    "I design it, build it and send you a link.\n\n"
    "Once it's there, just tell me what should be different.\n\n"
    "*status* - how far I am\n"
    "*stop* - stop what I'm building\n"
    "*try again* - continue what failed or was stopped\n"
    "*undo*, *redo*, *versions* - back and forth between versions\n"
    "*projects*, *open 2*, *new* - your apps, switch to another, start a new one\n"
    "*share*, *export*, *cost* - the link, the files, what it cost\n"
    "*data* - what visitors left in your app: see, download, clear\n"
    "*forget me* - delete everything I have about you\n"
    "*unsubscribe* - no more messages from me, until you write *start*\n"
    "*help* - this text"
)

# What can be tapped below a message of that kind; an id is what it means, as a user would say it.
CHOICES: Mapping[MessageKind, tuple[Choice, ...]] = {
    MessageKind.UNDERSTOOD: (
        Choice(id="status", title=gettext_noop("Status")),
        Choice(id="stop", title=gettext_noop("Stop")),
    ),
    MessageKind.BUDGET: (
        Choice(id="try again", title=gettext_noop("Continue")),
        Choice(id="stop", title=gettext_noop("Stop")),
    ),
}

NOTHING_RUNS = gettext_noop("Nothing is being built right now. Tell me what you'd like!")

NOTHING_TO_STOP = gettext_noop(
    "Nothing is being built right now. Write *stop* once more and you get no more messages from "
    "me, until you write *start*."
)

OPTED_OUT = gettext_noop(
    "You get no more messages from me, and nothing will be built. "
    "Write *start* whenever you'd like to go on."
)

WELCOME_BACK = gettext_noop("Good to have you here! Tell me what you'd like, or write *help*.")

WHAT_NEXT = gettext_noop("What shall I build next? Tell me in a sentence or two.")

NOTHING_TO_CHANGE = gettext_noop("You don't have an app yet. Tell me what you'd like!")


def what_to_change(title: str) -> str:
    """They tapped that something should be different."""
    return gettext("What should be different in *{title}*? Tell me in your own words.", title=title)


STOPPED = gettext_noop(
    "Stopped. Nothing will be published. Write *try again* to continue after all, "
    "or tell me what you'd like instead."
)

STOPPED_WHILE_ONLINE = gettext_noop(
    "Stopped. What is online stays as it is. Write *try again* to continue after all, "
    "or tell me what you'd like instead."
)


def stopped_one(title: str) -> str:
    """They stopped what builds one app, while others are built."""
    return gettext(
        "Stopped building *{title}*. It stays as it is, and everything else goes on. "
        "Write *try again* to continue with it after all.",
        title=title,
    )


NOTHING_TO_RETRY = gettext_noop("There's nothing to retry. Tell me what you'd like!")

NOTHING_SAID = gettext_noop("That message was empty. Please write what you'd like.")


NOTHING_REMEMBERED = gettext_noop(
    "There's nothing I keep in mind about you, apart from your apps and our chat."
)


def memory(facts: list[str]) -> str:
    """What is known of the user."""
    listed = "\n".join(
        gettext("{number}. {fact}", number=number, fact=fact)
        for number, fact in enumerate(facts, 1)
    )
    return gettext(
        "This is what I keep in mind about you:\n{facts}\n\n"
        "To have one deleted, write *forget that* and its number.",
        facts=listed,
    )


def forgotten(facts: list[str]) -> str:
    """What has been deleted."""
    return gettext("Deleted: {facts}", facts="; ".join(facts))


BUILD_OR_TALK = gettext_noop("Shall I build that for you, or are we just talking?")

BUILD_OR_TALK_CHOICES = (
    Choice(id="build it", title=gettext_noop("Build it")),
    Choice(id="just talking", title=gettext_noop("Just talking")),
)

DOUBT_DECLINED = gettext_noop("OK, I won't build that. Tell me whenever you'd like something.")

REALLY_UNSUBSCRIBE = gettext_noop("Shall I send you no more messages, and build nothing?")
UNSUBSCRIBE_CHOICES = (
    Choice(id="unsubscribe", title=gettext_noop("No more messages")),
    Choice(id="keep writing", title=gettext_noop("Keep writing")),
)
STILL_SUBSCRIBED = gettext_noop("OK, I'll keep writing to you.")

READING_TOGETHER = gettext_noop(
    "You write faster than I can answer. I read every message and answer them together."
)

SETTLED_ALREADY = gettext_noop("That's settled already. Tell me what you'd like!")


def not_done_late(words: str) -> str:
    """A message that was read only after its user had gone on is left."""
    return gettext(
        "This reached me only now: “{words}”\n\nYou've asked for other things since, so I left "
        "it. If you still want it, please say so once more.",
        words=quoted(words),
    )


def still_to_be_done(words: str) -> str:
    """The same, where what it asks for may still be wanted."""
    return gettext(
        "This reached me only now: “{words}”\n\nYou've asked for other things since. Shall I "
        "still do it?",
        words=quoted(words),
    )


STICKER = gettext_noop("I like that one! What you'd like built, please tell me in words.")

KIND_NOT_READ = gettext_noop(
    "I can't read that kind of message. Please write what you'd like, or send photos, files, a "
    "place or a contact."
)

ANSWER_IN_WORDS = gettext_noop(
    "I can't tell from that what you'd like. Please answer my question in words, or tap one of the "
    "choices."
)

TRY_AGAIN_LATER = gettext_noop(
    "Something went wrong on my side and I couldn't read your message. "
    "Please send it again in a few minutes."
)

UNREAD_FOR_NOW = gettext_noop(
    "I can't read your message right now: the AI service I work with doesn't answer. "
    "I'll read it as soon as it does. You don't have to send it again."
)
INTAKE_PAUSED = gettext_noop(
    "I'm having a short break and will read your message as soon as it's over. "
    "You don't have to send it again."
)
STILL_READING = gettext_noop("I'm still reading your last message.")

BUTTON_STALE = gettext_noop("That button has expired. Nothing was changed.")
QUESTION_CLOSED = gettext_noop("That question is not open any more. Nothing was changed.")
ANSWERED = gettext_noop("Thanks! I'll go with that.")


def settled(answer: str) -> str:
    """A question that was answered before."""
    return gettext("That's settled already: {answer}", answer=answer)


def question(asked: Question, patience: timedelta) -> str:
    """An agent asks; the options are below, as buttons or as text."""
    text = asked.question
    if asked.batch_size > 1:
        text = gettext(
            "{position} of {number}: {question}",
            position=asked.position,
            number=asked.batch_size,
            question=text,
        )
    return ngettext(
        "{question}\n\nNo answer in {number} minute? I'll go with *{default}*.",
        "{question}\n\nNo answer in {number} minutes? I'll go with *{default}*.",
        max(1, patience // timedelta(minutes=1)),
        question=text,
        default=asked.default_answer,
    )


def defaults_taken(lines: list[str]) -> str:
    """Nobody has answered in time."""
    return gettext(
        "I haven't heard from you, so I'll go with this:\n{answers}", answers="\n".join(lines)
    )


LANGUAGE_SET = gettext_noop("OK, from now on I'll write to you in English.")
