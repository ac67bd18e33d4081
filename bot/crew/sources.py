"""An app's files as those who judge it read them: whole, one after the other."""

from collections.abc import Mapping

LIMIT = 60_000  # characters in all; whoever can read files reads on there
PAGE_TYPES = (".html", ".js", ".mjs", ".json")  # what tells how the page behaves


def sources(texts: Mapping[str, str], types: tuple[str, ...] = ("",)) -> str:
    """The texts by path, those whose path ends with one of `types`; what is cut is said."""
    shown = [f"=== {path}\n{text}" for path, text in texts.items() if path.endswith(types)]
    joined = "\n".join(shown)
    cut = len(joined) - LIMIT
    return joined if cut <= 0 else f"{joined[:LIMIT]}\n[cut: {cut} more characters]"
