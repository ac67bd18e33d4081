"""What a user reads of a build that could not be finished, in English; see `bot.messages`."""

from bot.languages.i18n import gettext_noop

FAILED_BUSY = gettext_noop(
    "The AI service I work with has been too busy for too long, so I had to give up this time. "
    "Nothing is lost: write *try again* in a little while and I'll pick up where I left off."
)

FAILED_MISCONFIGURED = gettext_noop(
    "I can't reach the AI service I work with because of a problem on our side. "
    "Write *try again* later and I'll pick up where I left off."
)

FAILED_REFUSED = gettext_noop(
    "I'm not able to build that one. Tell me about something else you'd like."
)

FAILED_TOO_LARGE = gettext_noop(
    "That turned out to be too big for me in one go. Try asking for a smaller first version."
)

FAILED = gettext_noop(
    "I tried several times but couldn't finish this one, because of a problem on our side. "
    "What I have so far is kept: write *try again* and I'll go on from there."
)

FAILED_TIMEOUT = gettext_noop(
    "This took much longer than it should, so I stopped. What I have so far is kept: "
    "write *try again* and I'll go on from there."
)

FAILED_STUCK = gettext_noop(
    "I ran into the same problem three times in a row, so I stopped before it costs you more. "
    "What I have so far is kept: write *try again*, or tell me in other words what you'd like."
)

FAILED_UNTRIED = gettext_noop(
    "I made the change, but I couldn't test it well enough to be sure of it, so your app stays as "
    "it was. The change is kept: write *try again* in a little while and I'll test it once more."
)

FAILED_BEFORE_NEXT = gettext_noop(
    "I couldn't finish that, so I'm going on with what you asked for after it. If something is "
    "missing once that is done, tell me again."
)


def failed(sentence: str, *, is_next_queued: bool) -> str:
    """Why a build ended; none is promised to go on where the app's next one begins at once."""
    is_promised = sentence not in {FAILED_REFUSED, FAILED_TOO_LARGE}
    return FAILED_BEFORE_NEXT if is_next_queued and is_promised else sentence


STILL_TRYING = gettext_noop(
    "The AI service I work with is very busy right now. I'm waiting, and then I'll go on."
)
