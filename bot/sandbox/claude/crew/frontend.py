"""The frontend engineer writes a new app, or changes the files that exist, turn by turn.

All of it is written and handed in with one answer. Whoever takes over, gets something wrong back or
is asked to go "step by step" goes turn by turn. Where the work stands is read off the tool calls so
far and their results, so it may go on from any turn, after a crash or an answer that was cut off.
"""

import json
import re
from collections.abc import Sequence

from bot.sandbox.claude.answers import ScriptedAnswer, ToolCall, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew import late_changes, questions
from bot.sandbox.claude.crew.app_request import read_request, requested
from bot.sandbox.claude.crew.apps import ICON, PAGE, SCRIPT, STYLES, render_app
from bot.sandbox.claude.crew.brought import places_and_contacts
from bot.sandbox.claude.crew.brought_back import bring_back
from bot.sandbox.claude.crew.bugs import fix, spoil
from bot.sandbox.claude.crew.changes import Edit, read_changes, size_of
from bot.sandbox.claude.crew.colours import AccentColour, colour_from_hex
from bot.sandbox.claude.crew.designer import ACCENT
from bot.sandbox.claude.crew.handing_in import hands_in_at_once, with_hand_in, without_hand_in
from bot.sandbox.claude.crew.looks import blemished
from bot.sandbox.claude.crew.loose_ends import left_open, tidied
from handoffs.agent_notes import NotedItem

ATTEMPTS = 2  # with one file, before giving up

_BATCHES = (
    ("I write the page and how it looks.", (PAGE, STYLES)),
    ("Now what it does, and its icon.", (SCRIPT, ICON)),
)
_THEME_COLOUR = "Let the browser's bar take the app's colour"
_CLOSED = re.compile(r"\d+\. \[closed\] (.+) \(see .+\)")
_PICTURE = re.compile(r"^(pictures/\S+), which the user sent:", re.M)
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def build_or_change(conversation: Conversation) -> ScriptedAnswer:
    if _is_to_look_first(conversation):
        return work(say("First I look at the page as it is."), call("check_page"))
    if conversation.findings:
        return fix(conversation)
    if brought := bring_back(conversation):
        return brought
    answer = _change(conversation) if _is_change(conversation) else _build(conversation)
    if conversation.changes:  # they are worked in after the rest
        answer = without_hand_in(answer)
    return (
        late_changes.work_in(conversation, answer) if answer.stop_reason == "end_turn" else answer
    )


def _is_to_look_first(conversation: Conversation) -> bool:
    """Whether there is a page that somebody else left, and nobody looked at it as it is now."""
    return (
        conversation.takes_over
        and not conversation.steps
        and "check_page" in conversation.tools
        and PAGE in conversation.tagged("files")
        and not conversation.tagged("last_check").startswith("Of the files as they are now")
    )


def _is_change(conversation: Conversation) -> bool:
    """Whether there was an app before; a successor may find what was written of a new one."""
    is_designed = conversation.tagged("design") not in {"", "none"}
    is_new = is_designed and conversation.takes_over and not _is_of_what_is_there(conversation)
    return not is_new and PAGE in conversation.tagged("files")


def _is_of_what_is_there(conversation: Conversation) -> bool:
    """Whether the design is for an app that is there."""
    plan = conversation.tagged("plan")
    is_change = any(f"Way of working: {name}" in plan for name in ("custom", "bug_fix"))
    return is_change or size_of(conversation.tagged("request")) == "large"


def pieces(conversation: Conversation) -> list[NotedItem]:
    """The pieces of the work and whether they are done, for a successor."""
    return [*_own_pieces(conversation), *late_changes.pieces(conversation)]


def _own_pieces(conversation: Conversation) -> list[NotedItem]:
    if _is_change(conversation):
        return [
            _piece(edit.what, _is_made(conversation, edit), edit.path)
            for edit in _edits(conversation)
        ]
    files = [
        _piece(_writing(path), conversation.last("write_file", path) is not None, path)
        for _, paths in _BATCHES
        for path in paths
    ]
    improved = conversation.last("replace_in_file", PAGE) is not None
    return [*files, _piece(_THEME_COLOUR, improved, PAGE)]


def _piece(what: str, is_done: bool, path: str) -> NotedItem:
    files = [path] if is_done else []
    return NotedItem(number=None, description=what, passes=is_done, files=files)


def _writing(path: str) -> str:
    return f"Write {path}"


def _build(conversation: Conversation) -> ScriptedAnswer:
    at_once = hands_in_at_once(conversation)
    if not at_once and _has_to_look(conversation):
        return work(say("I look at what is there."), call("list_files"))
    if questions.is_wanted(conversation):
        return questions.ask()
    title, accent = _decided(conversation)
    wanted = read_request(requested(conversation), title=title, accent=accent)
    sent = places_and_contacts(conversation.tagged("request"))
    texts = render_app(wanted, _pictures(conversation), conversation.papers, sent=sent)
    texts = left_open(blemished(spoil(texts, wanted.words), wanted.words), wanted.words)
    if at_once and not conversation.failures("write_file") and not _is_written(conversation, PAGE):
        texts[PAGE] = texts[PAGE].replace(_VIEWPORT, _with_the_bars_colour(wanted.accent), 1)
        writes = [call("write_file", path=path, content=text) for path, text in texts.items()]
        answer = work(say("I write all of it."), *_notes(conversation), *writes)
        return with_hand_in(answer, _complete(wanted.title))
    for words, paths in _BATCHES:
        missing = [path for path in paths if not _is_written(conversation, path)]
        for path in missing:
            if given_up := _given_up(conversation, "write_file", path):
                return given_up
        if missing and conversation.takes_over:
            missing = missing[:1]  # one at a time, where room is scarce
        if missing:
            writes = [call("write_file", path=path, content=texts[path]) for path in missing]
            return work(say(words), *_notes(conversation), *writes)
    improvement = _improve(conversation, wanted.accent)
    return improvement or finish(_complete(wanted.title))


def _has_to_look(conversation: Conversation) -> bool:
    return not conversation.steps and not conversation.takes_over


def _complete(title: str) -> str:
    return (
        f"“{title}” is complete: it works by touch and keyboard and keeps its data on the "
        "device. The browser's bar takes the app's colour."
    )


def _pictures(conversation: Conversation) -> list[str]:
    """The pictures that came with the request, by their paths, in order."""
    return list(dict.fromkeys(_PICTURE.findall(conversation.opening)))


def _is_written(conversation: Conversation, path: str) -> bool:
    written = conversation.last("write_file", path) is not None
    return written or _writing(path) in conversation.finished()


def _notes(conversation: Conversation) -> list[ToolCall]:
    """The decision that is noted once, where there is a tool for it."""
    is_noted = conversation.last("note_decision") is not None or conversation.takes_over
    if is_noted or "note_decision" not in conversation.tools:
        return []
    return [
        call(
            "note_decision",
            decision="What is entered is kept in localStorage",
            reason="there is no server, and it must be there after a reload",
            rejected=["IndexedDB, which is more than lists of this size need"],
        )
    ]


def _decided(conversation: Conversation) -> tuple[str, AccentColour | None]:
    """The title and the accent in the design, as far as it has them."""
    text = conversation.tagged("design")
    design = json.loads(text) if text.startswith("{") else {}
    content = design.get("content") or [""]
    accents = [c["hex"] for c in design.get("palette", []) if c["name"] == ACCENT]
    chosen = questions.chosen_colour(conversation)
    return str(content[0]), chosen or (colour_from_hex(accents[0]) if accents else None)


def _improve(conversation: Conversation, accent: AccentColour) -> ScriptedAnswer | None:
    """Read the page again and let the browser's own bar take the accent; None when that is done."""
    if conversation.failures("replace_in_file", PAGE) or _THEME_COLOUR in conversation.finished():
        return None
    if conversation.takes_over and conversation.last("replace_in_file", PAGE) is None:
        return _colour_the_bar(accent)  # the page is as the item says; reading it costs room
    page = conversation.last("read_file", PAGE)
    if page is None and not conversation.failures("read_file", PAGE):
        return work(say("I read the page once more."), call("read_file", path=PAGE))
    if page is None or page.result.count(_VIEWPORT) != 1 or "theme-color" in page.result:
        return None
    if conversation.last("replace_in_file", PAGE) is not None:
        return None
    return _colour_the_bar(accent)


def _colour_the_bar(accent: AccentColour) -> ScriptedAnswer:
    return work(
        say("The browser's bar could take the app's colour."),
        call("replace_in_file", path=PAGE, old=_VIEWPORT, new=_with_the_bars_colour(accent)),
    )


def _with_the_bars_colour(accent: AccentColour) -> str:
    return f'{_VIEWPORT}\n  <meta name="theme-color" content="{accent.hex}">'


def _change(conversation: Conversation) -> ScriptedAnswer:
    unread = [
        path
        for path in (PAGE, STYLES)
        if path in conversation.tagged("files")
        and path not in conversation.sources
        and conversation.last("read_file", path) is None
        and not conversation.failures("read_file", path)
    ]
    if unread:
        return work(say("I read the files first."), *(call("read_file", path=p) for p in unread))
    edits = _edits(conversation)
    todo = _first_of_each_file([edit for edit in edits if not _is_made(conversation, edit)])
    for edit in todo:
        if given_up := _given_up(conversation, "replace_in_file", edit.path):
            return given_up
    done = dict.fromkeys([*_finished_edits(conversation), *(edit.what for edit in edits)])
    if todo:
        answer = work(
            say("I change what the request names."), *tidied(conversation), *map(_as_call, todo)
        )
        left = [edit for edit in edits if not _is_made(conversation, edit)]
        is_last = len(left) == len(todo) and hands_in_at_once(conversation)
        return with_hand_in(answer, f"Done: {', '.join(done)}.") if is_last else answer
    if not done:
        return finish("I changed nothing: it is like that already, or I could not find the place.")
    return finish(f"Done: {', '.join(done)}.")


def _edits(conversation: Conversation) -> list[Edit]:
    """The edits of a change that nobody finished before."""
    changes = read_changes(conversation.tagged("request"))
    page, styles = _read(conversation, PAGE), _read(conversation, STYLES)
    finished = set(_finished_edits(conversation))
    return [edit for edit in changes.edits(page, styles) if edit.what not in finished]


def _finished_edits(conversation: Conversation) -> list[str]:
    """What earlier agents of this role changed, by the closed items that name a file."""
    if not conversation.takes_over:
        return []
    lines = conversation.finished().splitlines()
    return [_CLOSED.sub(r"\1", line) for line in lines if _CLOSED.fullmatch(line)]


def _read(conversation: Conversation, path: str) -> str:
    step = conversation.last("read_file", path)
    return step.result if step else conversation.sources.get(path, "")


def _is_made(conversation: Conversation, edit: Edit) -> bool:
    return any(
        step.tool == "replace_in_file" and not step.failed and step.input.get("new") == edit.new
        for step in conversation.steps
    )


def _first_of_each_file(edits: Sequence[Edit]) -> list[Edit]:
    """One edit a file and turn, so that no two of them meet in one file."""
    first: dict[str, Edit] = {}
    for edit in edits:
        first.setdefault(edit.path, edit)
    return list(first.values())


def _as_call(edit: Edit) -> ToolCall:
    return call("replace_in_file", path=edit.path, old=edit.old, new=edit.new)


def _given_up(conversation: Conversation, tool: str, path: str) -> ScriptedAnswer | None:
    failures = conversation.failures(tool, path)
    if len(failures) < ATTEMPTS:
        return None
    return finish(f"I could not change {path}: {failures[-1].result}")
