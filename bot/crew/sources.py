"""An app's files as those who judge or change it read them: whole, one after the other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff

from psycopg import AsyncConnection

from bot.attachments.naming import was_sent
from bot.builds.builds import Build
from bot.collections.schemas import DEFINITIONS
from bot.crew.excerpts import cut_to, excerpt, headed, no_room_for
from bot.projects.workspace import Workspace
from handoffs.tags import enclosed
from handoffs.tokens import BYTES_PER_TOKEN, WorkingBudget, estimate_tokens
from telemetry.named_sql import statements

SQL = statements("bot.crew", "sources.sql")

LIMIT = 60_000  # characters in all; whoever can read files reads on there
BESIDE = 6_000  # tokens that prompt, tools and brief take beside the files
LEAST_SHOWN = 1_000  # characters of a file that is cut
NEARLY_ALL = 0.8  # of a file's lines
NEW_FROM_END_TO_END = "[new, nearly from end to end]"
STYLES = ".css"
SCRIPTS = (".js", ".mjs")
ON_LOOKS = "[looks, "  # how a finding on looks begins
PAGE_TYPES = (".html", ".js", ".mjs", ".json")  # what tells how the page behaves


def sources(texts: Mapping[str, str], types: tuple[str, ...] = ("",)) -> str:
    """The texts by path, those whose path ends with one of `types`; what is missing is said."""
    left_out = ", ".join(path for path in texts if not path.endswith(types))
    told = f"\n[not shown, as you need not read it: {left_out}]" if left_out else ""
    return cut_to(_joined(texts, types), LIMIT) + told


def fits(texts: Mapping[str, str]) -> bool:
    """Whether `sources` shows all of the texts."""
    return len(_joined(texts, ("",))) <= LIMIT


def _joined(texts: Mapping[str, str], types: tuple[str, ...]) -> str:
    shown = [headed(path, text) for path, text in texts.items() if path.endswith(types)]
    return "\n".join(shown)


def changed_lines(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is different, as unified diffs; "" where nothing is. What is cut is said.

    Of a file that is new, or of which hardly a line stayed, it says only that: its reader has it
    whole. Of a script all is shown, because what is gone from it may be missed.
    """
    told = [_difference(path, before.get(path, ""), now.get(path, "")) for path in {*before, *now}]
    return cut_to("\n".join(sorted(filter(None, told))), LIMIT)


def _difference(path: str, old: str, new: str) -> str:
    before, now = old.splitlines(), new.splitlines()
    lines = list(unified_diff(before, now, f"before/{path}", f"now/{path}", lineterm=""))
    added = sum(line.startswith("+") for line in lines[2:])
    may_be_missed = bool(old) and path.endswith(SCRIPTS)
    if len(new) > LEAST_SHOWN and added > NEARLY_ALL * len(now) and not may_be_missed:
        return "\n".join([*lines[:2], NEW_FROM_END_TO_END])
    return "\n".join(lines)


async def sources_for(
    connection: AsyncConnection,
    build: Build,
    budget: WorkingBudget,
    *,
    told: Iterable[str] = (),
    left: str | None = None,
) -> str:
    """The app's files for whoever is to change them, in their tag, what was changed last first.

    Where they would fill too much of the context, those that have room; the rest can be read. The
    collections' definitions are left out where they are `told` as they are.

    `left` says what is left to do to whoever takes work over: files that it names come before all
    others. The context was too small for that work once, so there all of it has to leave room.
    """
    texts = await Workspace(connection, build.project_id).read_texts()
    cursor = await connection.execute(SQL["latest_changed"], {"project_id": build.project_id})
    paths = [path for (path,) in await cursor.fetchall() if path in texts and not was_sent(path)]
    if any(texts.get(DEFINITIONS, "\0") in one for one in told):
        paths.remove(DEFINITIONS)
    if not paths:
        return ""
    named = _named_in(left or "", paths)
    own = {path: texts[path] for path in dict.fromkeys([*named, *paths])}
    room = min(max(budget.usable - BESIDE, 0) // 2, budget.working_budget // 4)
    room_for_all = budget.working_budget // 4 if left is None else room
    shown = sources(own)
    if estimate_tokens([shown]) > room_for_all or not fits(own):
        shown = _as_far_as_it_fits(own, named, min(room * BYTES_PER_TOKEN, LIMIT))
    return enclosed("sources", shown) if shown else ""


def _named_in(left: str, paths: Sequence[str]) -> list[str]:
    """Those of the files that the words name, in their order; what they say of looks, by style."""
    places = {path: _place(path, left) for path in paths}
    return sorted((path for path in paths if places[path] >= 0), key=lambda path: places[path])


def _place(path: str, left: str) -> int:
    """Where the words come to a file first; -1 where they do not."""
    names = [rf"(?<![\w./-]){re.escape(path)}(?![\w/-])"]
    if path.endswith(STYLES):
        names.append(re.escape(ON_LOOKS))
    found = re.search("|".join(names), left)
    return found.start() if found else -1


def _as_far_as_it_fits(texts: Mapping[str, str], named: Sequence[str], room: int) -> str:
    """The files in their order that have room whole, `room` in characters.

    Part of a file helps less than another that is there to its end, but for the first of those that
    are `named` and have no room, and where there is nothing else.
    """
    shown: list[str] = []
    left: list[str] = []
    for path, text in texts.items():
        whole = headed(path, text)
        if len(whole) <= room:
            shown.append(whole)
            room -= len(whole) + 1
        elif path in named and room >= LEAST_SHOWN:
            shown.append(_cut(path, text, room))
            room = 0
        else:
            left.append(path)
    if not shown and room >= LEAST_SHOWN:
        path = left.pop(0)
        shown.append(_cut(path, texts[path], room))
    if shown and left:
        lengths = [f"{path} ({len(texts[path].splitlines())} lines)" for path in left]
        shown.append(no_room_for(lengths, instead="read the lines that you need with read_file"))
    return "\n".join(shown)


def _cut(path: str, text: str, room: int) -> str:
    return headed(path, excerpt(path, text, None, None, room - len(path)))
