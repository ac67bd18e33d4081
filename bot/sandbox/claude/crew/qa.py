"""The tester clicks through what follows from the request, and believes the browser."""

import re
from html import unescape

from bot.checks.acceptance import Acceptance
from bot.model.answers import Verdict
from bot.sandbox.claude.answers import ScriptedAnswer, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew import agreeing
from bot.sandbox.claude.crew.acceptance import list_for, proving
from bot.sandbox.claude.crew.app_request import read_request, requested
from bot.sandbox.claude.crew.looks import judge

_HEADING = re.compile(r"<h1[^>]*>([^<]+)</h1>")
_FAULT = re.compile(r"^\[(?:\w+), blocking\].*?: (.+)$", re.M)
_HEARD = re.compile(r"\b(?:sounds?|beeps?)\b", re.I)
_PROVES = re.compile(r'"requirements":\s*\[([\d,\s]*)\]')
_TO_PROVE = re.compile(r"^(\d+)\. \[(?!looks)\w+, open\]", re.M)
_UNTRIED = re.compile(r"^\[\w+\] was not tried|^The machine was too busy", re.M)


def test(conversation: Conversation) -> ScriptedAnswer:
    if conversation.form == agreeing.FORM:
        return agreeing.agree(conversation)
    tried = conversation.last("try_page")
    evidence = tried.result if tried else _given_evidence(conversation)
    if not evidence or (tried is None and _uncovered(conversation)):
        return work(
            say("I click through what the app must do."),
            call("try_page", **_list(conversation).model_dump()),
        )
    unheard = "The sound" if _HEARD.search(conversation.tagged("requirements")) else None
    verdict = _verdict(evidence).model_copy(
        update={
            "looks": judge(conversation.pictures),
            "untried": [unheard] if unheard else [],
        }
    )
    return finish(verdict.model_dump_json())


def _given_evidence(conversation: Conversation) -> str:
    """What the brief tells of the list, or a predecessor saw."""
    if evidence := conversation.tagged("evidence"):
        return evidence
    check = conversation.tagged("last_check")
    return check if check.startswith("Of the files as they are now") else ""


def _uncovered(conversation: Conversation) -> set[str]:
    """The numbers of what was said since the list was written, where nothing is wrong so far."""
    if _FAULT.search(conversation.tagged("evidence")):
        return set()
    proven = " ".join(_PROVES.findall(conversation.tagged("acceptance")))
    asked = _TO_PROVE.findall(conversation.tagged("requirements"))
    return set(asked) - set(re.findall(r"\d+", proven))


def _list(conversation: Conversation) -> Acceptance:
    found = _HEADING.search(conversation.tagged("sources"))
    heading = unescape(found[1]).strip() if found else ""
    made = list_for(read_request(requested(conversation)), heading or "the")
    return proving(conversation.requirements, made)


def _verdict(evidence: str) -> Verdict:
    faults = [f"The page says: {fault}" for fault in _FAULT.findall(evidence)]
    works = False if faults else None if _UNTRIED.search(evidence) else True
    summary = "I clicked through the app and all of it works." if works else "Not all of it works."
    return Verdict(works=works, summary=summary, failures=faults)
