"""Reads a request for a new app: which of the apps at hand it means, its title, its colours."""

import re
from dataclasses import dataclass

from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.colours import NAMES, AccentColour, find_colours
from bot.sandbox.claude.crew.foreign_words import kind_of

TITLE_LIMIT = 40  # characters

_KINDS = {
    "poll": r"polls?|votes?|voting|survey",
    "landing": r"landing ?page|home ?page|web ?site|web ?page|portfolio",
    "todo": r"to-?do'?s?|to do(?: list| app)?|tasks?|check ?list|(?:shopping|packing|grocery) list",
    "notes": r"notes?|note ?book|journal|diary|memos?",
    "counter": r"counters?|counts?|counting|tally",
    "calculator": r"calculators?|calculate|pocket calc",
    "quiz": r"quiz(?:zes)?|trivia|flash ?cards?",
}
_ACCENTS = {
    "poll": AccentColour(name="green", hex="#15803d"),
    "todo": AccentColour(name="indigo", hex="#4f46e5"),
    "notes": AccentColour(name="amber", hex="#b45309"),
    "counter": AccentColour(name="teal", hex="#0f766e"),
    "calculator": AccentColour(name="blue", hex="#2563eb"),
    "quiz": AccentColour(name="purple", hex="#7e22ce"),
    "landing": AccentColour(name="rose", hex="#be123c"),
}
_TITLES = {
    "poll": "Poll",
    "todo": "Todo",
    "notes": "Notes",
    "counter": "Counter",
    "calculator": "Calculator",
    "quiz": "Quiz",
    "landing": "Welcome",
}
_QUOTED = re.compile(r"""["“«]([^"”»]{1,60})["”»]""")
_CALLED = re.compile(r"\b(?:called|named|titled)\s+(.+)", re.I)
_BROUGHT = re.compile(r"^\[(?:picture|paper|file|place|contact): [^\]\n]*\]$", re.M)
_LIST = re.compile(r"\b(shopping|packing|grocery) list\b", re.I)
_ASKING = re.compile(
    r"^(?:(?:hi|hello|hey|please|can|could|would|will|you|i|we|i'd|need|want|like|would like|build|"
    r"create|make|design|develop|give|get|have|to have|to|me|us|a|an|the|new|another|nice|simple|"
    r"small|little|modern|beautiful|landing ?page|home ?page|web ?site|web ?page|page|web|app|"
    r"application|site|tool|for|about|where|that|with|which)\b[\s,:!]*)+",
    re.I,
)


_GO_AHEAD = re.compile(
    r"^\W*(?:(?:ok|okay|yes|please|now|go ahead)\W+)*build (?:it|this|that)\b", re.I
)


def requested(conversation: Conversation) -> str:
    """The words of the request; those before it where it only says to go ahead."""
    words = conversation.tagged("request")
    earlier = [one for one in conversation.requirements.values() if not _GO_AHEAD.search(one)]
    return "\n".join(earlier) if _GO_AHEAD.search(words) and earlier else words


@dataclass(frozen=True, kw_only=True)
class AppRequest:
    """What a user asks for; `words` are their own."""

    kind: str
    title: str
    accent: AccentColour
    is_dark: bool
    words: str


def read_request(words: str, *, title: str = "", accent: AccentColour | None = None) -> AppRequest:
    """Read a request; a title or accent that has been decided already takes precedence."""
    words = _BROUGHT.sub("", words).strip()
    kind = _kind(words)
    named = find_colours(words)
    return AppRequest(
        kind=kind,
        title=shorten(title or find_title(words) or _title(kind, words)),
        accent=accent or (named[0] if named else _ACCENTS[kind]),
        is_dark=wants_dark(words),
        words=words,
    )


def wants_dark(words: str) -> bool:
    """True for a dark look; in "dark blue" the word belongs to the colour."""
    return bool(re.search(r"\bdark(er)?\b", NAMES.sub("", words), re.I))


def find_title(words: str) -> str:
    """The title that the words give in so many words, or an empty string."""
    if found := _CALLED.search(words):
        quoted = _QUOTED.match(found[1])
        return tidy(quoted[1] if quoted else found[1])
    return ""


def tidy(title: str) -> str:
    """A title without what follows it in the sentence, and without quotes."""
    end = re.split(r"[.!?;,\n]|\s+(?:and|with|that|which|in|on|please)\s+", title, maxsplit=1)[0]
    return end.strip(" \t'\"“”«»")


def shorten(title: str) -> str:
    """At most `TITLE_LIMIT` characters, cut between words where that is possible."""
    if len(title) <= TITLE_LIMIT:
        return title
    return title[: TITLE_LIMIT - 1].rsplit(" ", 1)[0] + "…"


def _kind(words: str) -> str:
    found = {
        kind: match.start()
        for kind, pattern in _KINDS.items()
        if (match := re.search(rf"\b(?:{pattern})\b", words, re.I))
    }
    return min(found, key=found.__getitem__) if found else kind_of(words) or "landing"


def _title(kind: str, words: str) -> str:
    if found := _LIST.search(words):
        return found[0].capitalize()
    if kind != "landing":
        return _TITLES[kind]
    subject = tidy(_ASKING.sub("", words.strip()))
    return subject[:1].upper() + subject[1:] or _TITLES[kind]
