"""What the stand-in's QA writes down before there is code: what our apps do, or what changes."""

import re

from bot.checks.acceptance import Acceptance
from bot.sandbox.claude.answers import ScriptedAnswer, finish
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.acceptance import list_for, only, proving
from bot.sandbox.claude.crew.app_request import read_request, requested
from bot.sandbox.claude.crew.changes import read_changes

FORM = Acceptance.__name__

_NUMBER = re.compile(r"^(\d+)\. ", re.M)
_HEADING = re.compile(r'^\s*- heading "(.+?)"', re.M)
_NOTED = 40  # characters of a request that are looked for on the page


def agree(conversation: Conversation) -> ScriptedAnswer:
    to_cover = [int(number) for number in _NUMBER.findall(conversation.tagged("to_cover"))]
    made = _of_a_change(conversation) if to_cover else _of_an_app(conversation)
    return finish(proving(to_cover or conversation.requirements, made).model_dump_json())


def _of_an_app(conversation: Conversation) -> Acceptance:
    return list_for(read_request(requested(conversation)), conversation.planned_title)


def _of_a_change(conversation: Conversation) -> Acceptance:
    """That what is asked for can be read, or that the page opens as before."""
    request_text = requested(conversation)
    changes = read_changes(request_text)
    heading = _HEADING.search(conversation.tagged("page"))
    seen = changes.title or (heading[1] if heading else conversation.planned_title)
    if changes.note:
        seen = " ".join(changes.note.split())[:_NOTED].strip()
    return only(f"I see it: {request_text}", seen)
