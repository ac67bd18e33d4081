"""`/console`: whether anything is wrong, what runs, who waits, what was lost, what it costs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response
from psycopg import Connection

from bot.delivery.circuit_breaker import Halt
from bot.delivery.circuit_breaker import find as find_halt
from bot.operating.liveness import SILENCE
from bot.operating.pauses import Pause, list_pauses
from bot.twilio.error_codes import explain
from bot.web.component_health import ComponentHealth
from bot.web.console.context_usage import usage_percentage
from bot.web.console.costs import read_costs
from bot.web.console.desk import PAGE, Desk
from bot.web.console.rows import Row, row, rows
from telemetry.named_sql import statements

SQL = statements("bot.web.console", "overview.sql")

ENDED = 12  # rows of what has ended lately
SPENDERS = 5


def add_overview(routes: Blueprint, desk: Desk) -> None:
    """Make the page."""

    @routes.get("")
    def overview() -> Response:
        health = desk.health.look()  # over a connection of its own
        with desk.visit() as connection:
            found = read_overview(connection, health)
            costs = read_costs(connection, datetime.now(UTC).date(), limit=SPENDERS)
        return desk.listing(
            "overview.html",
            vars(found),
            verdict=verdict(found),
            costs=costs,
            budgets=desk.settings.budgets,
            alerts=desk.alerts.look(),
            now=datetime.now(UTC),
        )


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the page lists, the latest first."""

    halt: Halt | None
    pauses: list[Pause]
    open_requests: list[Row]
    waits: dict[str, Row]
    worker: Row | None
    queues: list[Row]
    undelivered: list[Row]
    ended: list[Row]
    failed_jobs: list[Row]
    health: dict[str, ComponentHealth]


def read_overview(connection: Connection, health: dict[str, ComponentHealth]) -> Overview:
    """The lists as they are now."""
    undelivered = rows(connection, SQL["list_undelivered"], limit=PAGE)
    for one in undelivered:
        one["why"] = explain(one["error_code"], one.pop("error_message"))
    opened = rows(connection, SQL["list_open_requests"], limit=PAGE)
    for one in opened:
        one["usage_percentage"] = usage_percentage(one)
    return Overview(
        halt=find_halt(connection),
        pauses=list_pauses(connection),
        open_requests=opened,
        waits={one["waits_for"]: one for one in rows(connection, SQL["list_waits"])},
        worker=row(connection, SQL["find_last_sign"], silence=SILENCE),
        queues=rows(connection, SQL["list_queues"]),
        undelivered=undelivered,
        ended=rows(connection, SQL["list_ended"], limit=ENDED),
        failed_jobs=rows(connection, SQL["list_failed_jobs"], limit=PAGE),
        health=health,
    )


def verdict(overview: Overview) -> str:
    """In a sentence or two, whether anything needs an operator."""
    said = [_of_work(overview.open_requests, overview.ended)]
    alive = overview.worker is not None and overview.worker["alive"]
    if not alive:
        said.insert(0, "No worker runs.")
    said += [
        f"{part.detail[0].upper()}{part.detail[1:]}."
        for name, part in overview.health.items()
        if part.status == "down" and (alive or name != "worker")
    ]
    said += [f"The {one.what} is paused." for one in overview.pauses]
    if lost := len(overview.undelivered):
        said.append(f"{_listed(lost, 'message was', 'messages were')} not delivered.")
    if jobs := len(overview.failed_jobs):
        said.append(f"{_listed(jobs, 'job was', 'jobs were')} given up.")
    return " ".join(said)


def _of_work(opened: list[Row], ended: list[Row]) -> str:
    if not opened:
        return "Nothing runs." if ended else "Nothing runs, and nothing has run yet."
    waiting = sum(one["waits_until"] is not None for one in opened)
    sending = sum(one["work_ended_at"] is not None for one in opened)
    working = len(opened) - waiting - sending
    parts = [
        _counted(working, "is at work", "are at work"),
        _counted(waiting, "waits for the user", "wait for their users"),
        _counted(sending, "is being sent", "are being sent"),
    ]
    told = ", ".join(part for part in parts if not part.startswith("0 "))
    many = f"{PAGE} requests or more" if len(opened) == PAGE else None
    return f"{many or _counted(len(opened), 'request is', 'requests are')} open: {told}."


def _listed(number: int, one: str, many: str) -> str:
    """Of as many as a list has at most there may be more."""
    return f"{PAGE} or more {many}" if number == PAGE else _counted(number, one, many)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
