"""What the stage shows, drawn in a terminal while a conversation of the demo goes on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.cli.printing import cell, drawn_live
from bot.sandbox.stage.head import Head, draw_head
from bot.sandbox.stage.lanes import Lane, draw_lanes
from bot.sandbox.stage.rail import Stop, StopState, draw_rail
from bot.sandbox.stage.reading import Facts

REFRESHES = 4  # a second
MEMORY_CELLS, TIME_CELLS = 10, 28  # so that a line fits into 80 columns
MARKS: dict[StopState, tuple[str, str]] = {
    "done": ("✓", "bold"),
    "now": ("●", "red"),
    "waits": ("◔", "yellow"),
    "todo": ("○", "dim"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "red"),
}
COLOURS = {"model": "blue", "tool": "green", "handoff": "red", "gap": "dim"}


@contextmanager
def shown_live(facts: Callable[[], Facts | None], cap_usd: Decimal) -> Iterator[None]:
    """Keep a view of the user's request below what is printed; its last state stays.

    `cap_usd` is what a request may cost.
    """

    def draw() -> Group:
        seen = facts()
        return drawing(seen, cap_usd) if seen else Group()

    with drawn_live(draw, per_second=REFRESHES):
        yield


def drawing(facts: Facts, cap_usd: Decimal) -> Group:
    """The stage as of now; `cap_usd` is what a request may cost."""
    return Group(
        Text(),
        _head(draw_head(facts, cap_usd=cap_usd)),
        _rail(draw_rail(facts)),
        _lanes(draw_lanes(facts).lanes),
    )


def _head(head: Head) -> Text:
    figures = f"{head.time}   {head.tokens} tokens   {head.cost} {head.cost_of}"
    return Text.assemble((head.state, "bold"), "   ", (figures, ""))


def _rail(stops: list[Stop]) -> Text:
    drawn = Text()
    for stop in stops:
        mark, style = MARKS[stop.state]
        drawn.append(f"{mark} {stop.name}", style)
        drawn.append(f" {stop.took}   " if stop.took else "   ", "dim")
    return drawn


def _lanes(lanes: Sequence[Lane]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for lane in lanes:
        table.add_row(
            cell(f"{lane.role} {lane.version}".strip(), style="bold" if lane.is_alive else ""),
            _memory(lane),
            _time(lane),
            cell(lane.doing or lane.work, style="red" if lane.is_alive else "dim"),
        )
    return table


def _memory(lane: Lane) -> Text:
    full = min(round(lane.usage / 100 * MEMORY_CELLS), MEMORY_CELLS)
    style = {"critical": "red", "warning": "yellow"}.get(lane.threshold, "blue")
    return Text.assemble(
        ("━" * full, style), ("━" * (MEMORY_CELLS - full), "dim"), f" {lane.usage:4.0f} %"
    )


def _time(lane: Lane) -> Text:
    """The lane's time; a stretch of less than a cell fills one."""
    kinds = [""] * TIME_CELLS
    for segment in lane.segments:
        at, width = (float(share.rstrip("%")) / 100 for share in (segment.x, segment.width))
        first = min(int(at * TIME_CELLS), TIME_CELLS - 1)
        last = min(max(first + 1, round((at + width) * TIME_CELLS)), TIME_CELLS)
        kinds[first:last] = [segment.kind] * (last - first)
    drawn = Text()
    for kind in kinds:
        drawn.append("░" if kind == "gap" else "█" if kind else " ", COLOURS.get(kind, ""))
    return drawn
