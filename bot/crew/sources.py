"""An app's files as those who judge or change it read them: whole, one after the other."""

from collections.abc import Mapping
from difflib import unified_diff

from psycopg import AsyncConnection

from bot.attachments.storage import was_sent
from bot.builds.builds import Build
from bot.projects.workspace import Workspace
from handoffs.tags import enclosed
from handoffs.tokens import WorkingBudget, estimate_tokens

LIMIT = 60_000  # characters in all; whoever can read files reads on there
PAGE_TYPES = (".html", ".js", ".mjs", ".json")  # what tells how the page behaves


def sources(texts: Mapping[str, str], types: tuple[str, ...] = ("",)) -> str:
    """The texts by path, those whose path ends with one of `types`; what is cut is said."""
    return _bounded(_joined(texts, types))


def fits(texts: Mapping[str, str]) -> bool:
    """Whether `sources` shows all of the texts."""
    return len(_joined(texts, ("",))) <= LIMIT


def _joined(texts: Mapping[str, str], types: tuple[str, ...]) -> str:
    shown = [f"=== {path}\n{text}" for path, text in texts.items() if path.endswith(types)]
    return "\n".join(shown)


def changed_lines(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is different, as unified diffs; "" where nothing is. What is cut is said."""
    lines: list[str] = []
    for path in sorted({*before, *now}):
        old, new = before.get(path, ""), now.get(path, "")
        lines += unified_diff(
            old.splitlines(), new.splitlines(), f"before/{path}", f"now/{path}", lineterm=""
        )
    return _bounded("\n".join(lines))


def _bounded(text: str) -> str:
    cut = len(text) - LIMIT
    return text if cut <= 0 else f"{text[:LIMIT]}\n[cut: {cut} more characters]"


async def sources_for(connection: AsyncConnection, build: Build, budget: WorkingBudget) -> str:
    """The app's files for whoever is to change them, in their tag.

    Empty where there are none, or where they would fill more than a quarter of the context: then
    one reads what one needs.
    """
    texts = await Workspace(connection, build.project_id).read_texts()
    own = {path: text for path, text in texts.items() if not was_sent(path)}
    shown = sources(own)
    has_room = estimate_tokens([shown]) <= budget.working_budget // 4 and len(shown) <= LIMIT
    return enclosed("sources", shown) if own and has_room else ""
