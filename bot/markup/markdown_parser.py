"""The Markdown that models write to people: CommonMark with tables and ~~strikethrough~~.

Without what takes plain words for markup: HTML, entities, code by indentation, a line of dashes
that makes the one above it a heading, and definitions of links, which would vanish.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_UNWANTED = ("code", "reference", "html_block", "lheading", "html_inline", "entity")
_SCHEME = re.compile(r"(?<![A-Za-z])https?$")
_ADDRESS = re.compile(r"://[^\s<>\[\]]*[^\s<>\[\]*_~)\].,;:!?\"']")


class _Parser(MarkdownIt):
    """Leaves the addresses of links as they were written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802  # the parser calls it so
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802  # the parser calls it so
        return True


def make_parser() -> MarkdownIt:
    """A parser for `MarkdownIt.parse`, which keeps no state between texts."""
    parser = _Parser("commonmark").enable(["table", "strikethrough"]).disable(list(_UNWANTED))
    parser.inline.ruler.before("escape", "bare_address", _keep_address)
    return parser


def _keep_address(state: StateInline, silent: bool) -> bool:
    """Take an address for text, whatever stars and underscores are in it."""
    start = state.pos
    if not _SCHEME.search(state.src, max(0, start - 6), start):
        return False
    address = _ADDRESS.match(state.src, start, state.posMax)
    if address is None:
        return False
    if not silent:
        state.pending += address[0]
    state.pos = address.end()
    return True
