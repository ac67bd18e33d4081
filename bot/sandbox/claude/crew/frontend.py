"""The frontend engineer writes a new app, or changes the files that exist, turn by turn.

Where the work stands is read off the tool calls so far and their results, so it may go on from any
turn, after a crash or an answer that was cut off.
"""

import json
from collections.abc import Sequence

from bot.sandbox.claude.answers import Answer, ToolCall, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import render_app
from bot.sandbox.claude.crew.changes import PAGE, STYLES, Edit, read_changes
from bot.sandbox.claude.crew.colours import Colour, colour_from_hex
from bot.sandbox.claude.crew.designer import ACCENT
from bot.sandbox.claude.crew.wishes import read_wish

ATTEMPTS = 2  # with one file, before giving up

_BATCHES = (
    ("I write the page and how it looks.", ("index.html", "styles.css")),
    ("Now what it does, and its icon.", ("app.js", "icon.svg")),
)
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def build_or_change(conversation: Conversation) -> Answer:
    if conversation.tagged("design") in {"", "none"} and PAGE in conversation.tagged("files"):
        return _change(conversation)
    return _build(conversation)


def _build(conversation: Conversation) -> Answer:
    if conversation.last("list_files") is None:
        return work(say("I look at what is there."), call("list_files"))
    title, accent = _decided(conversation)
    wish = read_wish(conversation.tagged("wish"), title=title, accent=accent)
    texts = render_app(wish)
    for words, paths in _BATCHES:
        missing = [path for path in paths if conversation.last("write_file", path) is None]
        for path in missing:
            if given_up := _given_up(conversation, "write_file", path):
                return given_up
        if missing:
            writes = [call("write_file", path=path, content=texts[path]) for path in missing]
            return work(say(words), *writes)
    improvement = _improve(conversation, wish.accent)
    return improvement or finish(
        f"“{wish.title}” is complete: it works by touch and keyboard and keeps its data on the "
        "device. The browser's bar takes the app's colour."
    )


def _decided(conversation: Conversation) -> tuple[str, Colour | None]:
    """The title and the accent in the design, as far as it has them."""
    text = conversation.tagged("design")
    design = json.loads(text) if text.startswith("{") else {}
    content = design.get("content") or [""]
    accents = [c["hex"] for c in design.get("palette", []) if c["name"] == ACCENT]
    return str(content[0]), colour_from_hex(accents[0]) if accents else None


def _improve(conversation: Conversation, accent: Colour) -> Answer | None:
    """Read the page again and let the browser's own bar take the accent; None when that is done."""
    if conversation.failures("replace_in_file", PAGE):
        return None
    page = conversation.last("read_file", PAGE)
    if page is None and not conversation.failures("read_file", PAGE):
        return work(say("I read the page once more."), call("read_file", path=PAGE))
    if page is None or page.result.count(_VIEWPORT) != 1 or "theme-color" in page.result:
        return None
    if conversation.last("replace_in_file", PAGE) is not None:
        return None
    new = f'{_VIEWPORT}\n  <meta name="theme-color" content="{accent.hex}">'
    return work(
        say("The browser's bar could take the app's colour."),
        call("replace_in_file", path=PAGE, old=_VIEWPORT, new=new),
    )


def _change(conversation: Conversation) -> Answer:
    changes = read_changes(conversation.tagged("wish"))
    unread = [
        path
        for path in (PAGE, STYLES)
        if path in conversation.tagged("files")
        and conversation.last("read_file", path) is None
        and not conversation.failures("read_file", path)
    ]
    if unread:
        return work(say("I read the files first."), *(call("read_file", path=p) for p in unread))
    edits = changes.edits(_read(conversation, PAGE), _read(conversation, STYLES))
    todo = _first_of_each_file([edit for edit in edits if not _is_made(conversation, edit)])
    for edit in todo:
        if given_up := _given_up(conversation, "replace_in_file", edit.path):
            return given_up
    if todo:
        return work(say("I change what the wish names."), *map(_as_call, todo))
    if not edits:
        return finish("I changed nothing: it is like that already, or I could not find the place.")
    return finish(f"Done: {', '.join(dict.fromkeys(edit.what for edit in edits))}.")


def _read(conversation: Conversation, path: str) -> str:
    step = conversation.last("read_file", path)
    return step.result if step else ""


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


def _given_up(conversation: Conversation, tool: str, path: str) -> Answer | None:
    failures = conversation.failures(tool, path)
    if len(failures) < ATTEMPTS:
        return None
    return finish(f"I could not change {path}: {failures[-1].result}")
