"""`/console/costs`: what a day has cost, who spent it, and on what."""

from datetime import UTC, date, datetime

from flask import Blueprint, Response, abort, request
from psycopg import Connection

from bot.web.console.desk import PAGE, Desk
from bot.web.console.rows import Lists, rows
from telemetry.named_sql import statements

FIRST_DAY = date(2020, 1, 1)

SQL = statements("bot.web.console", "costs.sql")


def add_costs(routes: Blueprint, desk: Desk) -> None:
    """Make the page; a day is UTC, as budgets are."""

    @routes.get("/costs")
    def costs() -> Response:
        today = datetime.now(UTC).date()
        day = _day(request.args.get("day")) or today
        with desk.visit() as connection:
            lists = read_costs(connection, day, limit=PAGE)
            lists["requests"] = rows(connection, SQL["list_dearest"], day=day, limit=PAGE)
            (unpriced,) = rows(connection, SQL["count_unpriced"], day=day)
            lists["unpriced_calls"] = unpriced["calls"]
        return desk.listing("costs.html", lists, budgets=desk.settings.budgets, today=today)


def read_costs(connection: Connection, day: date, *, limit: int) -> Lists:
    """What was spent on a day and on the 13 days before it, and by whom on that day."""
    days = rows(connection, SQL["list_days_of_costs"], until=day)
    spenders = rows(connection, SQL["list_spenders"], day=day, limit=limit)
    return {"day": day, "days": days, "spent": days[-1]["spent"] or 0, "spenders": spenders}


def _day(given: str | None) -> date | None:
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        abort(400, "A day is written as in 2026-11-25.")
    if day < FIRST_DAY:
        abort(400, f"There is nothing from before {FIRST_DAY}.")
    return day
