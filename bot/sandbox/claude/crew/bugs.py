"""Bugs on demand, so that a review finds something: the request says how bad the work is to be.

| the request says | the app |
|---|---|
| sloppy | has one bug, which is fixed when it is found |
| very sloppy | has three, and only one is fixed a round |
| hopeless | has one, and each attempt to fix it makes another |
"""

import re

from bot.sandbox.claude.answers import ScriptedAnswer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import SCRIPT, STYLES
from bot.sandbox.claude.crew.handing_in import hands_in_at_once, with_hand_in
from bot.sandbox.claude.crew.looks import polish

POLISHED = "It looks better now."

_BUG = re.compile(r"bug (\d+)")


def bug(number: int) -> str:
    """The line of that bug: an error that nobody catches."""
    return f'setTimeout(() => {{ throw new Error("bug {number}"); }});'


def spoil(texts: dict[str, str], words: str) -> dict[str, str]:
    """The files with as many bugs as the words ask for."""
    lines = [bug(number) for number in range(1, _count(words) + 1)]
    return {**texts, SCRIPT: "\n".join([texts[SCRIPT].rstrip(), *lines, ""])} if lines else texts


def _count(words: str) -> int:
    if re.search(r"\bvery sloppy\b", words, re.I):
        return 3
    return 1 if re.search(r"\b(sloppy|hopeless)\b", words, re.I) else 0


def bugs_in(text: str) -> list[int]:
    """The numbers of the bugs that a text tells of."""
    return sorted({int(number) for number in _BUG.findall(text)})


def fix(conversation: Conversation) -> ScriptedAnswer:
    """Fix the first bug that was found, each time the work is sent back."""
    found = bugs_in(conversation.findings)
    if polishing := polish(conversation):
        answer = work(say("I make it look better."), *polishing)
        return with_hand_in(answer, POLISHED) if hands_in_at_once(conversation) else answer
    edited = {
        step.input.get("path") for step in conversation.mending if step.tool == "replace_in_file"
    }
    if SCRIPT in edited:
        return finish(_fixed(found[0]))
    if not found:
        return finish(POLISHED if STYLES in edited else "I could not find what to fix.")
    is_hopeless = "hopeless" in conversation.tagged("request").lower()
    new = bug(found[0] + 1) if is_hopeless else ""
    answer = work(
        say("I fix what was found first."),
        call("replace_in_file", path=SCRIPT, old=bug(found[0]), new=new),
    )
    words = _fixed(found[0])
    return with_hand_in(answer, words) if hands_in_at_once(conversation) else answer


def _fixed(number: int) -> str:
    return f"I fixed what was found: bug {number}."
