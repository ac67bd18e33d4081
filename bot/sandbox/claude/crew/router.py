"""The router reads what a message is: by a few words, which is all the stand-in understands."""

import re
from collections.abc import Mapping
from typing import Literal

from bot.model.answers import CommandName, Route
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.changes import size_of
from bot.sandbox.claude.crew.colours import NAMES
from bot.sandbox.claude.crew.foreign_words import (
    asks_for_something,
    kind_of,
    language_of,
    muses,
)
from bot.sandbox.claude.crew.wanted import FACTS

_Kind = Literal["new_build", "change", "command", "answer", "assent", "decline", "talk", "unsure"]

_NEW = re.compile(
    r"\b(?:build|create|make|design|develop|code|write|need|want|like|have)\s+"
    r"(?:(?:me|us|to have|to build|to make|to create)\s+)*"
    r"(?!(?:it|this|that|them|the|you|to|more|less)\b)(?:a|an|another|one|my|our|some|new|\w+)\b",
    re.I,
)
_THING = re.compile(
    r"\b(?:apps?|pages?|(?:web)?sites?|tools?|games?|to-?dos?|lists?|notes|counters?|"
    r"calculators?|quiz|polls?|tracker)\b",
    re.I,
)
_CHANGES = re.compile(
    r"\b(?:change|add|make (?:it|this|that|the|them)|fix|instead|remove|delete|rename|call it|"
    r"turn it|replace|redesign|redeploy|publish|build (?:this|that)|update|use|put|"
    r"move|bigger|smaller|larger|dark|light(?:er)?|bright(?:er)?|"
    r"title|colou?rs?|font|doesn't work|does not work|broken|give it|it should|should be)\b",
    re.I,
)
_QUESTION = re.compile(r"^(?:what|how|who|why|when|where|which|do|does|are|is|am)\b|\?\s*$", re.I)
_POLITE = re.compile(r"^(?:please\s+)?(?:can|could|would|will)\s+(?:you|we)\b", re.I)
_NUMBERED = re.compile(r"\b(?:app|project|number)\s+(\d+)\b", re.I)
_MUSING = re.compile(
    r"\b(?:maybe|perhaps|some ?day|thinking (?:about|of)|would be (?:nice|cool|great)|what if|"
    r"might (?:need|want)|wonder(?:ing)? (?:if|whether))\b",
    re.I,
)
_STATED = re.compile(
    r"\b(?:I (?:always|really|never) (?:want|like|love|prefer|hate)|I (?:prefer|love|hate)|"
    r"my name is|my favou?rite|I am a|I'm a|I work as)\b[^.!?\n]*",
    re.I,
)
_STOP = re.compile(
    r"\b(?:that's enough|leave it|give it up|drop it|don't go on|quit it|no more of this)\b",
    re.I,
)
_COMMANDS: Mapping[CommandName, re.Pattern[str]] = {
    "status": re.compile(r"\bhow (?:far|long|much longer)\b.*\b(?:you|it|now)\b", re.I),
    "share": re.compile(r"\bwhere can I (?:see|find|open) (?:it|that)\b", re.I),
    "forget me": re.compile(r"\b(?:erase|wipe|get rid of) (?:me|everything about me)\b", re.I),
    "forget that": re.compile(r"^forget (?:that|it)\W*$", re.I),
    "data clear": re.compile(r"\b(?:wipe|erase) what (?:the )?visitors\b", re.I),
    "unsubscribe": re.compile(r"\bleave me alone\b|\bstop (?:writing|texting) (?:to )?me\b", re.I),
}
_ASSENT = re.compile(r"\b(?:go for it|by all means|I'd love that)\b", re.I)
_MORE = re.compile(r"\b(?:but|with)\b", re.I)
_DECLINE = re.compile(r"\b(?:rather not|forget about it|let's not)\b", re.I)


def route(conversation: Conversation) -> ScriptedAnswer:
    words = conversation.tagged("message")
    projects = _titles(conversation.tagged("projects"))
    language = language_of(words, conversation.tagged("language") or "en")
    stated = [found[0].strip() for found in _STATED.finditer(words)]
    asked = conversation.tagged("open_questions")
    decided = (
        _in_dialogue(words, asked, is_building=bool(conversation.tagged("running_builds")))
        or _given_fact(words, projects, conversation.tagged("conversation"))
        or _route(words, projects, is_asked="by the crew" in asked)
    ).model_copy(update={"language": language, "remember": stated})
    return finish(decided.model_dump_json())


def _in_dialogue(words: str, asked: str, *, is_building: bool) -> Route | None:
    """What they say to what the conversation is about: yes, no, stop, or another command."""
    if asked and _ASSENT.search(words):
        return _plainly("answer" if _MORE.search(words) else "assent")
    if asked and _DECLINE.search(words):
        return _plainly("decline")
    if is_building and _STOP.search(words):
        return _plainly("command", "stop")
    named = next((name for name, ways in _COMMANDS.items() if ways.search(words)), None)
    return _plainly("command", named) if named else None


def _given_fact(words: str, projects: dict[int, str], said: str) -> Route | None:
    """A fact that an app was said to lack."""
    is_lacking = any(fact in said and fact in words.lower() for fact in FACTS)
    if not projects or not is_lacking or _QUESTION.search(words) or _NEW.search(words):
        return None
    return _change(_which(words, projects), words).model_copy(update={"size": "looks"})


def _route(words: str, projects: dict[int, str], *, is_asked: bool) -> Route:
    if muses(words):
        return _plainly("unsure")
    if _MUSING.search(words) and (_THING.search(words) or _CHANGES.search(words)):
        return _plainly("unsure")
    if _QUESTION.search(words) and not _POLITE.search(words):
        return _plainly()
    if is_asked and not (_CHANGES.search(words) or _THING.search(words)):
        return _plainly("answer")
    wants_new = bool(_NEW.search(words)) and not _STATED.search(words)
    wants_change = bool(_CHANGES.search(words) or NAMES.search(words))
    if wants_new and not (_refers_back(words) or _NUMBERED.search(words)):
        return _build()
    if wants_change and projects and not _STATED.search(words):
        return _change(_which(words, projects), words)
    if _THING.search(words) or (asks_for_something(words) and kind_of(words)):
        return _build()
    return _plainly()


def _refers_back(words: str) -> bool:
    """True for a request about something that is there: "I want it blue", "it needs a title"."""
    return bool(re.search(r"\b(?:it|its)\b", words, re.I)) and not _THING.search(words)


def _which(words: str, projects: dict[int, str]) -> int:
    """The number in the words, else of the project whose title is there, else of the first one."""
    if numbered := _NUMBERED.search(words):
        return int(numbered[1])
    lower = words.lower()
    named = [n for n, title in projects.items() if title and title.lower() in lower]
    return named[0] if named else next(iter(projects))


def _titles(listed: str) -> dict[int, str]:
    """The titles of lines like `1. Todo (finished)` by their numbers, in the order of the lines."""
    return {
        int(found[1]): found[2]
        for line in listed.splitlines()
        if (found := re.match(r"(\d+)\.\s+(.*?\S)(?:\s+\(.*)?$", line.strip()))
    }


def _build() -> Route:
    return _plainly("new_build")


def _change(project: int, words: str) -> Route:
    return _plainly("change").model_copy(update={"project": project, "size": size_of(words)})


def _plainly(kind: _Kind = "talk", command: CommandName | None = None) -> Route:
    return Route(
        kind=kind,
        command=command,
        argument=None,
        question=None,
        project=None,
        language="en",
        remember=[],
    )
