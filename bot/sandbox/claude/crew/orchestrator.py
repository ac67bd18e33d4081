"""The orchestrator plans, and its summary says honestly that no Claude is at work."""

from bot.crew.answers import Plan
from bot.sandbox.claude.answers import Answer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.changes import read_changes
from bot.sandbox.claude.crew.wishes import read_wish, shorten

HONESTLY = "(offline stand-in, no Claude)"

_THINGS = {
    "todo": "a todo list where you add, tick off, filter and clear tasks",
    "notes": "a notebook with search that keeps every note as you type",
    "counter": "a page of counters that you name, count up and count down",
    "calculator": "a calculator with a history of your results",
    "quiz": "a general knowledge quiz to which you can add your own questions",
    "landing": "a page with your own words and a guest book",
}


def plan(conversation: Conversation) -> Answer:
    wish = conversation.tagged("wish")
    is_change = conversation.tagged("files") not in {"", "none"}
    return finish((_change(wish) if is_change else _new_app(wish)).model_dump_json())


def _new_app(words: str) -> Plan:
    wish = read_wish(words)
    return Plan(
        workflow="full_build",
        agents_needed=["designer", "frontend", "qa", "code_reviewer", "devops"],
        reasoning=f"The wish reads like {_THINGS[wish.kind]}; one page does it.",
        estimated_complexity="simple",
        estimated_steps=5,
        title=wish.title,
        summary=f"{HONESTLY} I'll build “{wish.title}”: {_THINGS[wish.kind]}.",
    )


def _change(words: str) -> Plan:
    changes = read_changes(words)
    return Plan(
        workflow="bug_fix",
        agents_needed=["frontend", "devops"],
        reasoning="There are files already; a few replacements in them do what can be done.",
        estimated_complexity="simple",
        estimated_steps=2,
        title=changes.title or shorten(words),
        summary=f"{HONESTLY} I'll {changes.described()}.",
    )
