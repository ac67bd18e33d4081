"""The companion answers plain talk: with what it was told, and honestly that it is no Claude."""

import re

from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.product_questions import answer_about

_THANKS = re.compile(r"\b(?:thanks?|thank you|thx|great|cool|nice|perfect|awesome)\b", re.I)
_MEMORY = re.compile(r"\b(?:remember|know about me|my name|my favou?rite|do i|told you)\b", re.I)
_PROJECTS = re.compile(r"\b(?:projects?|apps?|built|did (?:you|we))\b", re.I)

_INTRODUCTION = (
    "Hi! I am the offline stand-in for the crew, without Claude. I can build a todo list, notes, "
    "counters, a calculator, a quiz or a page with your own words. "
    "Try: Build me a todo app with modern UI"
)
_NO_ANSWER = (
    "I am the offline stand-in, without Claude, so I can't answer that. I can build small apps; "
    "try: Build me a quiz"
)
_WELCOME = "You're welcome! Tell me whenever you want something built or changed."


def talk(conversation: Conversation) -> ScriptedAnswer:
    words = conversation.tagged("message")
    known, projects = conversation.tagged("user"), conversation.tagged("projects")
    if _MEMORY.search(words) and known not in {"", "none"}:
        return finish(f"You told me this: {known}")
    if "?" in words and _PROJECTS.search(words) and projects not in {"", "none"}:
        return finish(f"These are your projects: {projects}")
    sheet, language = conversation.instructed("product"), conversation.tagged("language")
    if about := answer_about(words, sheet, language):
        return finish(about)
    if "?" in words:
        return finish(_NO_ANSWER)
    return finish(_WELCOME if _THANKS.search(words) else _INTRODUCTION)
