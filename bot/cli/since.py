"""Moments on the command line: `2h`, `3d` ago, `yesterday`, or a date."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_DAYS = {"today": 0, "yesterday": 1}


class _SinceMidnight(timedelta):
    """How many days ago a day was that is meant from its beginning, in this machine's zone."""


class Moment(click.ParamType[datetime | timedelta]):
    """A date and time, without a zone this machine's, or how long ago: the database knows when."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime | timedelta:
        """Read `30m`, `2h`, `3d` (ago), `today`, `yesterday` or ISO 8601."""
        if isinstance(value, datetime | timedelta):
            return value
        ago = _AGO.fullmatch(value)
        try:
            if value in _DAYS:
                return _SinceMidnight(days=_DAYS[value])
            if ago:
                return timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is neither like 30m, 2h, 3d, yesterday nor like 2026-01-31T12:00", param
            )


def resolved(moment: datetime | timedelta | None, now: datetime) -> datetime | None:
    """The point in time; raises `click.BadParameter` for one before the calendar begins."""
    try:
        if isinstance(moment, _SinceMidnight):
            day = now.astimezone().date() - moment
            return datetime(day.year, day.month, day.day).astimezone()
        return now - moment if isinstance(moment, timedelta) else moment
    except OverflowError:
        raise click.BadParameter("that is too long ago") from None
