"""The time axis that lanes and trace share: from the message on, with room for what comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.stage.figures import percent
from bot.sandbox.stage.reading import Facts

_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
_TICKS = 6
_ROOM = 1.12  # while something goes on, a little of the axis lies ahead


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A mark on the axis; `anchor` is how its label stands to it."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Maps moments to shares of a width."""

    start: datetime
    step: int  # seconds between two ticks
    length: int  # seconds

    @classmethod
    def of(cls, facts: Facts) -> "Axis":
        """The axis from the message to now, or to the end of the work."""
        scene = facts.scene
        until = scene.work_ended_at or scene.seen_at
        return cls.over(scene.accepted_at, until, is_live=scene.is_live)

    @classmethod
    def over(cls, start: datetime, until: datetime, *, is_live: bool) -> "Axis":
        """An axis that ends at a round number behind `until`."""
        seconds = max((until - start).total_seconds(), 1.0) * (_ROOM if is_live else 1.0)
        step = next((step for step in _STEPS if step * _TICKS >= seconds), _STEPS[-1])
        return cls(start=start, step=step, length=step * max(-(-int(seconds + 0.999) // step), 1))

    def at(self, moment: datetime) -> str:
        """Where a moment is."""
        return percent(self._share(moment))

    def width(self, began: datetime, ended: datetime) -> str:
        """How wide a stretch of time is, at least so wide that it is seen."""
        return percent(max(self._share(ended) - self._share(began), 0.002))

    def is_long(self, began: datetime, ended: datetime) -> bool:
        """Whether a stretch of time is wide enough to be drawn as one."""
        return self._share(ended) - self._share(began) > 0.012

    @property
    def ticks(self) -> list[Tick]:
        """The marks, from the start to the end."""
        seconds = range(0, self.length + 1, self.step)
        anchors = {0: "start", self.length: "end"}
        return [
            Tick(
                x=self.at(self.start + timedelta(seconds=second)),
                label=_label(second),
                anchor=anchors.get(second, "middle"),
            )
            for second in seconds
        ]

    def _share(self, moment: datetime) -> float:
        return (moment - self.start).total_seconds() / self.length


def _label(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    if seconds % 60:
        return f"{seconds // 60}:{seconds % 60} min"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:g} h"
