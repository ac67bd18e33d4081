"""The orchestrator plans, and its summary says honestly that no Claude is at work.

What the request says decides on the workflow:

| the request says | the workflow |
|---|---|
| no app yet, only a design, a concept | design_only |
| publish it again, redeploy | redeploy, where there is something |
| new look, redesign | custom, where there is something |
| build nothing, a nothing app | conversation |
"""

import re

from bot.model.answers import Plan
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.app_request import read_request, requested, shorten
from bot.sandbox.claude.crew.changes import read_changes
from bot.sandbox.claude.crew.wanted import left_out_of, missing_of, wanted_of

HONESTLY = "(offline stand-in, no Claude)"

_DESIGN = re.compile(r"\b(?:no app yet|(?:only|just) (?:a|the) design|design only|concept)\b", re.I)
_AGAIN = re.compile(r"\b(?:publish (?:it|this|the app) again|redeploy)\b", re.I)
_NEW_LOOK = re.compile(r"\b(?:new look|redesign)\b", re.I)
_NOTHING = re.compile(r"\bnothing app\b|\b(?:build|make|do) nothing\b", re.I)

_THINGS = {
    "poll": "a poll whose votes everybody with the link shares",
    "todo": "a todo list where you add, tick off, filter and clear tasks",
    "notes": "a notebook with search that keeps every note as you type",
    "counter": "a page of counters that you name, count up and count down",
    "calculator": "a calculator with a history of your results",
    "quiz": "a general knowledge quiz to which you can add your own questions",
    "landing": "a page with your own words and a guest book",
}


def plan(conversation: Conversation) -> ScriptedAnswer:
    words = requested(conversation)
    wants_app = not _DESIGN.search(conversation.tagged("request"))
    is_change = conversation.tagged("files") not in {"", "none"}
    planned = _change(words) if is_change else _new_app(words) if wants_app else _design(words)
    return finish(_with_requirements(planned, conversation, is_change).model_dump_json())


def _with_requirements(planned: Plan, conversation: Conversation, is_change: bool) -> Plan:
    """The plan with what the request asks for, unless that asks nothing of the app."""
    words = conversation.tagged("request")
    if planned.workflow in {"redeploy", "conversation"}:
        return planned
    return planned.model_copy(
        update={
            "requirements": wanted_of(conversation, is_change=is_change),
            "left_out": left_out_of(words),
            "missing_facts": missing_of(words),
        }
    )


def _design(words: str) -> Plan:
    wanted = read_request(words)
    summary = f"I'll design “{wanted.title}” for you to look at: {_THINGS[wanted.kind]}."
    return _plan("design_only", ["designer"], wanted.title, summary)


def _new_app(words: str) -> Plan:
    wanted = read_request(words)
    if _NOTHING.search(words):
        return _plan(
            "conversation", [], wanted.title, "Then I build nothing. Tell me when I shall!"
        )
    crew = ["designer", "frontend", "qa", "code_reviewer", "devops"]
    if wanted.kind == "poll":
        crew.append("backend")
    thing = _THINGS[wanted.kind]
    summary = f"I'll build “{wanted.title}”: {thing}."
    return _plan("full_build", crew, wanted.title, summary, f"{wanted.title}: {thing}.")


def _change(words: str) -> Plan:
    if _AGAIN.search(words):
        return _plan("redeploy", ["devops"], shorten(words), "I'll publish it again as it is.")
    changes = read_changes(words)
    title, summary = changes.title or shorten(words), f"I'll {changes.described()}."
    if _NEW_LOOK.search(words):
        return _plan("custom", ["designer", "frontend", "qa", "devops"], title, summary)
    is_more_than_looks = bool(changes.note)
    judges = ["qa", "code_reviewer"] if is_more_than_looks else []
    data = ["backend"] if "only I can" in words else []
    return _plan("bug_fix", [*data, "frontend", *judges, "devops"], title, summary)


def _plan(workflow: str, crew: list[str], title: str, summary: str, description: str = "") -> Plan:
    return Plan(
        workflow=workflow,
        agents_needed=crew,
        reasoning="A few words of the request say so, which is all that I understand.",
        estimated_complexity="simple",
        estimated_steps=max(len(crew), 1),
        title=title,
        description=description,
        summary=f"{HONESTLY} {summary}",
    )
