"""The one place from which commands print: nothing that a stranger wrote acts on the terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from telemetry.visible import visible

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text
    from rich.tree import Tree

PIPE_WIDTH = 240  # columns where the output is not a terminal, so that nothing is folded


def say(
    text: str,
    *,
    err: bool = False,
    ends: bool = True,
    bold: bool = False,
    colour: str | None = None,
) -> None:
    """Print a text to standard output, or error; `ends` with a newline."""
    shown = visible(text)
    if bold or colour:
        shown = click.style(shown, bold=bold or None, fg=colour)
    click.echo(shown, err=err, nl=ends)


def ask_to_confirm(question: str) -> None:
    """Ask; raises `click.Abort` unless the answer is yes."""
    click.confirm(visible(question), abort=True)


def end_with(sentence: str) -> NoReturn:
    """End the program with exit code 1 and one sentence on standard error."""
    sys.exit(visible(sentence))


def cell(text: str, *, style: str = "") -> "Text":
    """A piece of a drawing: a text that is neither markup nor anything but what it shows."""
    from rich.text import Text

    return Text(visible(text), style=style)


def draw(drawing: "Table | Tree | Text") -> None:
    """Print what was put together of `cell`s."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(drawing)


@contextmanager
def drawn_live(draw: Callable[[], "Group"], *, per_second: float) -> Iterator[None]:
    """Keep a drawing, put together of `cell`s, below what is printed; its last state stays."""
    from rich.console import Console
    from rich.live import Live

    with Live(get_renderable=draw, console=Console(), refresh_per_second=per_second):
        yield
