"""What the user wants different while the app is written: worked in once the rest is done."""

from collections.abc import Iterator

from bot.crew.user_updates import as_item
from bot.sandbox.claude.answers import ScriptedAnswer, Text, call, finish, say, work
from bot.sandbox.claude.conversation import Conversation
from bot.sandbox.claude.crew.apps import PAGE, STYLES
from bot.sandbox.claude.crew.brought import as_html, without_lines
from bot.sandbox.claude.crew.changes import Changes, Edit, read_changes
from handoffs.agent_notes import NotedItem

ATTEMPTS = 2  # with one file, before giving up
SENT = "what you sent"


def work_in(conversation: Conversation, otherwise: ScriptedAnswer) -> ScriptedAnswer:
    """The next step of working it in, or the answer that is given when nothing is left of it."""
    if not conversation.changes:
        return otherwise
    unread = [path for path in (PAGE, STYLES) if not _is_read(conversation, path)]
    if unread:
        reads = (call("read_file", path=path) for path in unread)
        return work(say("I look where that belongs."), *reads)
    todo: dict[str, Edit] = {}
    for edit in _edits(conversation):
        if len(conversation.failures("replace_in_file", edit.path)) < ATTEMPTS:
            todo.setdefault(edit.path, edit)
    if todo:
        edits = (call("replace_in_file", path=e.path, old=e.old, new=e.new) for e in todo.values())
        return work(say("I work in what was just asked for."), *edits)
    words = (without_lines(change.words) or SENT for change in conversation.changes)
    asked = "; ".join(dict.fromkeys(words))
    said = "".join(part.words for part in otherwise.parts if isinstance(part, Text))
    return finish(f"{said} Worked in: {asked}")


def pieces(conversation: Conversation) -> list[NotedItem]:
    """The changes and whether they are worked in, for a successor."""
    is_read = all(_is_read(conversation, path) for path in (PAGE, STYLES))
    is_done = bool(conversation.changes) and is_read and not list(_edits(conversation))
    return [
        NotedItem(
            number=None,
            description=as_item(change.words),
            passes=is_done,
            files=[PAGE] if is_done else [],
        )
        for change in conversation.changes
    ]


def _is_read(conversation: Conversation, path: str) -> bool:
    """Whether the file was read after the last change had come and the file was written whole."""
    if len(conversation.failures("read_file", path)) >= ATTEMPTS:
        return True
    read = conversation.last("read_file", path)
    written = conversation.last("write_file", path)
    since = max((change.at for change in conversation.changes), default=0)
    return read is not None and read.at > since and (written is None or read.at > written.at)


def _edits(conversation: Conversation) -> Iterator[Edit]:
    """The edits that are left: of colour, theme and title the latest request counts."""
    asked = [read_changes(change.words) for change in conversation.changes]
    latest = Changes(
        accent=next((one.accent for one in reversed(asked) if one.accent), None),
        theme=next((one.theme for one in reversed(asked) if one.theme), None),
        title=next((one.title for one in reversed(asked) if one.title), None),
        note=None,
    )
    page, styles = _content(conversation, PAGE), _content(conversation, STYLES)
    notes = [one.note for one in asked if one.note and not _stands(conversation, one.note)]
    noting = Changes(accent=None, theme=None, title=None, note="; ".join(notes) or None)
    for one in (latest, noting):
        for edit in one.edits(page, styles):
            if not _is_made(conversation, edit):
                yield edit


def _stands(conversation: Conversation, note: str) -> bool:
    """Whether a note was written on the page already."""
    written = [str(step.input.get("new", "")) for step in conversation.steps if not step.failed]
    return any(as_html(note) in text for text in (_content(conversation, PAGE), *written))


def _content(conversation: Conversation, path: str) -> str:
    step = conversation.last("read_file", path)
    return step.result if step else ""


def _is_made(conversation: Conversation, edit: Edit) -> bool:
    read = conversation.last("read_file", edit.path)
    return any(
        step.tool == "replace_in_file"
        and not step.failed
        and step.input.get("new") == edit.new
        and (read is None or step.at > read.at)
        for step in conversation.steps
    )
