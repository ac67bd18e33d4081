"""A stretch of time on the command line: `90s`, `15m`, `24h`, `7d`."""

import re
from datetime import timedelta
from typing import Any

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = re.compile(r"(\d{1,6})([smhd])")


LONGEST = timedelta(days=3650)


class Duration(click.ParamType[timedelta]):
    """Converts it to a timedelta."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        written = _WRITTEN.fullmatch(str(value))
        if written is None:
            self.fail(f"{value!r} is not a duration such as 90s, 15m, 24h or 7d.", param, ctx)
        duration = timedelta(**{_UNITS[written[2]]: int(written[1])})
        if duration > LONGEST:
            self.fail(f"{value!r} is too long; give at most {LONGEST.days}d.", param, ctx)
        return duration


DURATION = Duration()
