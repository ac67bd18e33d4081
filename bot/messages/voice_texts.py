"""What a user reads about their voice notes, in English; see `bot.messages`."""

from bot.languages.i18n import gettext, gettext_noop, ngettext
from bot.messages.paragraphs import quoted

NOTHING_HEARD = gettext_noop(
    "I couldn't hear any words in your voice note. Please say it once more, or write to me."
)

NOT_OPENED = gettext_noop(
    "I couldn't open that recording. Please record a voice note right here in the chat, "
    "or write to me."
)

NOT_HEARD_NOW = gettext_noop(
    "I can't listen to your voice note right now. Please write to me, or send it again later."
)

HEARD_LATER = gettext_noop(
    "I can't listen to your voice note right now. I'll listen to it as soon as I can. "
    "You don't have to send it again, and what you write meanwhile I read right away."
)

NOT_DONE_LATE = gettext_noop(
    "I could listen to that only now, and you've asked for other things since, so I left it. "
    "If you still want it, please say so once more."
)

STILL_TO_BE_DONE = gettext_noop(
    "I could listen to that only now, and you've asked for other things since. Shall I still do it?"
)

NO_BUDGET = gettext_noop(
    "I can't spend any more today, so I can't listen to your voice note. "
    "Commands such as *help* still work when you write them."
)


def heard(words: str) -> str:
    """The words of a voice note, so that its sender sees what was misheard."""
    return gettext("I heard: “{words}”", words=quoted(words))


def unsure(words: str) -> str:
    """What may be wrong is asked back."""
    return gettext(
        "I'm not sure what you said. I heard: “{words}”\n\n"
        "Please say it once more, or write to me.",
        words=quoted(words),
    )


def too_long(minutes: int) -> str:
    """Nobody listens to a speech."""
    return gettext(
        "Your voice note is too long for me (limit: {length}). "
        "Please send a shorter one, or write to me.",
        length=ngettext("{number} minute", "{number} minutes", minutes),
    )
